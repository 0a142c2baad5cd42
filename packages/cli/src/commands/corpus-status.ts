import { Command } from '@commander-js/extra-typings';
import { type CommandContext, complete, type FlagsOf, given } from '../command-shape.ts';

const declare = () =>
  complete(
    new Command('status')
      .description('what is done of a corpus, what was given up and why, how long the rest takes')
      .argument('<folder>', 'that vqforge corpus run --out wrote')
      .option('--report <file>', 'the same as one HTML page'),
    [['how far is it?', 'vqforge corpus status corpus']],
  );

export type CorpusStatusFlags = FlagsOf<ReturnType<typeof declare>>;

/** `vqforge corpus status`. */
export const corpusStatus = (context: CommandContext) =>
  declare().action(async (folder, flags) =>
    (await import('../actions/corpus-status.ts')).corpusStatusCommand(folder, given(flags), context),
  );
