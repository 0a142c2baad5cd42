import { Command } from '@commander-js/extra-typings';
import { type CommandContext, complete, type FlagsOf, given } from '../command-shape.ts';
import { forceOption } from '../shared-options.ts';

const declare = () =>
  complete(
    new Command('describe')
      .description('draft the manifest of a folder of clips by their names')
      .argument('<folder>', 'clips, at most six folders deep')
      .option(
        '--pattern <text>',
        'names of distorted clips; places such as {codec} become columns',
        '{source}_{label}.{ext}',
      )
      .option('--reference <text>', 'names of references', '{source}_ref.{ext}')
      .option('--out <file>', 'the manifest, .csv (default: corpus.csv in the folder)')
      .option('--license <spdx>', 'of every source')
      .option('--attribution <text>', 'whom to name for every source')
      .addOption(forceOption()),
    [
      [
        'city.y4m, city_x264_30.mkv, …',
        "vqforge corpus describe clips --reference '{source}.y4m' --pattern '{source}_{codec}_{crf}.mkv'",
      ],
    ],
  );

export type CorpusDescribeFlags = FlagsOf<ReturnType<typeof declare>>;

/** `vqforge corpus describe`. */
export const corpusDescribe = (context: CommandContext) =>
  declare().action(async (folder, flags) =>
    (await import('../actions/corpus-describe.ts')).corpusDescribeCommand(folder, given(flags), context),
  );
