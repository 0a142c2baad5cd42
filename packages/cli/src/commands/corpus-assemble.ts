import { Command } from '@commander-js/extra-typings';
import { type CommandContext, complete, type FlagsOf, given } from '../command-shape.ts';

const declare = () =>
  complete(
    new Command('assemble')
      .description('write the table of a corpus from its results')
      .argument('<folder>', 'that vqforge corpus run --out wrote')
      .option('--partial', 'leave out pairs without a result; the data card names them'),
    [['after all shares have ended', 'vqforge corpus assemble corpus']],
  );

export type CorpusAssembleFlags = FlagsOf<ReturnType<typeof declare>>;

/** `vqforge corpus assemble`. */
export const corpusAssemble = (context: CommandContext) =>
  declare().action(async (folder, flags) =>
    (await import('../actions/corpus-assemble.ts')).corpusAssembleCommand(folder, given(flags), context),
  );
