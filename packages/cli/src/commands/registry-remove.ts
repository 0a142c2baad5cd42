import { Command } from '@commander-js/extra-typings';
import { type CommandContext, complete, type FlagsOf, given } from '../command-shape.ts';
import { ownRegistryOption } from '../shared-options.ts';

const declare = () =>
  complete(
    new Command('remove')
      .description('take a model out of the registry; it is kept in the history, with its evidence')
      .argument('<id>', 'a pinned model')
      .addOption(ownRegistryOption()),
    [['a model that is no longer used', 'vqforge registry remove candidate']],
  );

export type RegistryRemoveFlags = FlagsOf<ReturnType<typeof declare>>;

/** `vqforge registry remove`. */
export const registryRemove = (context: CommandContext) =>
  declare().action(async (id, flags) =>
    (await import('../actions/registry-history.ts')).removeCommand(id, given(flags), context),
  );
