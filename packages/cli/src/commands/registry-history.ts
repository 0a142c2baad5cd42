import { Command } from '@commander-js/extra-typings';
import { type CommandContext, complete, type FlagsOf, given } from '../command-shape.ts';
import { registryOption } from '../shared-options.ts';

const declare = () =>
  complete(
    new Command('history')
      .description('the versions of models that were replaced or removed, the last one first')
      .argument('[id]', 'a model (default: all)')
      .addOption(registryOption()),
    [['what can be brought back', 'vqforge registry history prod_2025']],
  );

export type RegistryHistoryFlags = FlagsOf<ReturnType<typeof declare>>;

/** `vqforge registry history`. */
export const registryHistory = (context: CommandContext) =>
  declare().action(async (id, flags) =>
    (await import('../actions/registry-history.ts')).historyCommand(id, given(flags), context),
  );
