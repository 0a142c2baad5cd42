import { Command } from '@commander-js/extra-typings';
import { type CommandContext, complete, type FlagsOf, given } from '../command-shape.ts';
import { integerFlag } from '../flag-values.ts';

const declare = () =>
  complete(
    new Command('encode')
      .description('renditions of references by a ladder file, with the ffmpeg on PATH, and their manifest')
      .argument('<reference...>', 'clips; the name of each without its ending is its source')
      .requiredOption('--ladder <file>', 'rungs: codec, crf or bitrate, height, preset (docs/corpus.md)')
      .requiredOption(
        '--out <folder>',
        'renditions, corpus.csv, and encodes.json with command lines and digests',
      )
      .option('--workers <n>', 'encodes at a time (default: one per core)', integerFlag(1, 1024))
      .option('--license <spdx>', 'of every source')
      .option('--attribution <text>', 'whom to name for every source'),
    [
      [
        'a ladder of two references, and the table of it',
        'vqforge corpus encode city.y4m river.y4m --ladder datasets/open9/ladder.json --out renditions',
      ],
    ],
  );

export type CorpusEncodeFlags = FlagsOf<ReturnType<typeof declare>>;

/** `vqforge corpus encode`. */
export const corpusEncode = (context: CommandContext) =>
  declare().action(async (references, flags) =>
    (await import('../actions/corpus-encode.ts')).corpusEncodeCommand(references, given(flags), context),
  );
