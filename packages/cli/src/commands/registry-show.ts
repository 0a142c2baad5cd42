import { Command } from '@commander-js/extra-typings';
import { type CommandContext, complete, type FlagsOf, given } from '../command-shape.ts';
import { registryOption } from '../shared-options.ts';

const declare = () =>
  complete(
    new Command('show')
      .description('one entry, whole')
      .argument('<id>', 'a pinned model')
      .addOption(registryOption()),
    [['what is pinned of the regressor', 'vqforge registry show fr_regressor_v1']],
  );

export type RegistryShowFlags = FlagsOf<ReturnType<typeof declare>>;

/** `vqforge registry show`. */
export const registryShow = (context: CommandContext) =>
  declare().action(async (id, flags) =>
    (await import('../actions/registry.ts')).showCommand(id, given(flags), context),
  );
