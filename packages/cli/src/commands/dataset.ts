import { defined } from '@vqforge/base';
import { Command, Option } from '@commander-js/extra-typings';
import { type CommandContext, complete, type FlagsOf, group } from '../command-shape.ts';
import { namesFlag } from '../flag-values.ts';
import { featureSetOption, forceOption, mapOption, sourceColumnOption } from '../shared-options.ts';

const describe = () =>
  complete(
    new Command('describe')
      .description(
        'write the manifest and the data card of a feature table, or the manifest of a folder of judgements',
      )
      .argument('<table...>', 'files, folders or globs: one table; or a folder with 2afc and jnd')
      .addOption(featureSetOption('features that its content digest covers'))
      .option('--feature-columns <a,b,c>', 'the same, by name', namesFlag)
      .option('--teacher-column <name>', 'column with the teacher scores', 'vmaf')
      .option('--teacher-model <name>', 'the model that gave them, where the table does not say')
      .addOption(sourceColumnOption())
      .addOption(mapOption())
      .option('--id <name>', 'name of the dataset (default: as before, else that of the folder)')
      .option('--license <spdx>', 'of every source (default: as before, else NOASSERTION)')
      .option('--attribution <text>', 'whom to name for every source (default: as before)')
      .option(
        '--model-license <spdx>',
        'of models that are trained on it (default: as before, else every licence of the sources)',
      )
      .addOption(
        new Option('--judged-by <whom>', 'whose judgements the scores or choices are').choices([
          'people',
          'rule',
        ]),
      )
      .addOption(forceOption()),
    [
      ['a table of your own', 'vqforge dataset describe mine/clips.parquet --license CC0-1.0'],
      [
        'judgements in the layout of BAPPS that people made',
        'vqforge dataset describe judgements --judged-by people',
      ],
    ],
  );

export type DatasetDescribeFlags = FlagsOf<ReturnType<typeof describe>>;

/** `vqforge dataset`. */
export const dataset = (context: CommandContext) =>
  group('dataset', 'what tables and judgements hold, and whose they are', [
    describe().action(async (paths, flags) =>
      (await import('../actions/dataset-describe.ts')).describeCommand(paths, defined(flags), context),
    ),
  ]);
