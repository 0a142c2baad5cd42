import { Command } from '@commander-js/extra-typings';
import { type CommandContext, complete, type FlagsOf, given } from '../command-shape.ts';
import { integerFlag } from '../flag-values.ts';
import { ownRegistryOption } from '../shared-options.ts';

const declare = () =>
  complete(
    new Command('prune')
      .description('remove replaced versions for good; the only command that does')
      .argument('<id>', 'a model, pinned or not')
      .requiredOption('--keep <n>', 'how many of the last versions stay', integerFlag(0, 1_000_000))
      .addOption(ownRegistryOption()),
    [['keep the last three', 'vqforge registry prune prod_2025 --keep 3']],
  );

export type RegistryPruneFlags = FlagsOf<ReturnType<typeof declare>>;

/** `vqforge registry prune`. */
export const registryPrune = (context: CommandContext) =>
  declare().action(async (id, flags) =>
    (await import('../actions/registry-history.ts')).pruneCommand(id, given(flags), context),
  );
