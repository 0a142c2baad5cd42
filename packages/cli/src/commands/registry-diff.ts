import { Command } from '@commander-js/extra-typings';
import { type CommandContext, complete, type FlagsOf, given } from '../command-shape.ts';
import { registryOption } from '../shared-options.ts';

const declare = () =>
  complete(
    new Command('diff')
      .description('what differs between two versions of a model: entry, sidecar, graph, folds')
      .argument('<id>', 'a model')
      .option('--from <digest>', 'first digits of a version (default: the last one that was replaced)')
      .option('--to <digest>', 'the same (default: what is pinned)')
      .addOption(registryOption()),
    [['what did the last publish change?', 'vqforge registry diff prod_2025']],
  );

export type RegistryDiffFlags = FlagsOf<ReturnType<typeof declare>>;

/** `vqforge registry diff`. */
export const registryDiff = (context: CommandContext) =>
  declare().action(async (id, flags) =>
    (await import('../actions/registry-history.ts')).diffCommand(id, given(flags), context),
  );
