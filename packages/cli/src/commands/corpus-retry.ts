import { Command } from '@commander-js/extra-typings';
import { type CommandContext, complete, type FlagsOf, given } from '../command-shape.ts';

const declare = () =>
  complete(
    new Command('retry')
      .description('let the next run try again what was given up')
      .argument('<folder>', 'that vqforge corpus run --out wrote'),
    [['after the cause is gone', 'vqforge corpus retry corpus']],
  );

export type CorpusRetryFlags = FlagsOf<ReturnType<typeof declare>>;

/** `vqforge corpus retry`. */
export const corpusRetry = (context: CommandContext) =>
  declare().action(async (folder, flags) =>
    (await import('../actions/corpus-retry.ts')).corpusRetryCommand(folder, given(flags), context),
  );
