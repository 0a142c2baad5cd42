import { defined } from '@vqforge/base';
import { Argument, type CommandUnknownOpts, Option } from '@commander-js/extra-typings';
import { type CommandContext, complete, type FlagsOf } from '../command-shape.ts';
import { integerFlag, numberFlag, rangeFlag } from '../flag-values.ts';
import {
  augmentOption,
  outOnnxOption,
  outRegistryOption,
  outSidecarOption,
  seedOption,
  trainingEngineOption,
  tableCommand,
  forceOption,
  replaceOption,
} from '../shared-options.ts';
import { trainLpips } from './train-lpips.ts';

const declare = () =>
  complete(
    tableCommand(
      'train',
      'retrain a model from a feature table: leave-one-source-out, ship gate, export, pin',
      'feature table, parquet or CSV: files, folders or globs',
    )
      .addArgument(new Argument('[model]', 'what to train').choices(['fr-regressor']).default('fr-regressor'))
      .option('--license <spdx>', 'of the model (default: what the manifest of the table says)')
      .option('--drop-invalid', 'drop rows with null, NaN or infinite values instead of refusing the table')
      .addOption(
        new Option('--recipe <name>', 'how to train').choices(['standard', 'reference']).default('standard'),
      )
      .addOption(augmentOption())
      .option('--epochs <n>', 'passes over the rows (default: the recipe)', integerFlag(1, 1_000_000))
      .option('--batch-size <n>', 'rows per step (default: the recipe)', integerFlag(1, 65_536))
      .option('--lr <x>', 'peak learning rate (default: the recipe)', numberFlag)
      .option('--weight-decay <x>', 'decoupled weight decay (default: the recipe)', numberFlag)
      .addOption(seedOption())
      .option('--ship-threshold <x>', 'mean PLCC needed to ship', numberFlag, 0.95)
      .addOption(trainingEngineOption())
      .option(
        '--workers <n>',
        'training threads (default: one per core, at most one per fold)',
        integerFlag(1, 256),
      )
      .option('--id <id>', 'name in the registry (default: the stem of --out-onnx, else fr_regressor_v1)')
      .option(
        '--teacher-range <low,high>',
        "the teacher's scale, which becomes the model's output range (default: 0,100)",
        rangeFlag,
      )
      .addOption(outOnnxOption('<id>.onnx in model/tiny'))
      .addOption(outSidecarOption())
      .addOption(outRegistryOption())
      .option('--metrics-out <file>', 'evidence of the run (default: runs/<run-id>/metrics.json)')
      .addOption(forceOption())
      .addOption(replaceOption())
      .option('--no-export', 'evaluate only, never ship')
      .option('--dry-run', 'say what would be published and replaced; train and write nothing')
      .option(
        '--keep-predictions',
        'with --no-export: write every held-out prediction beside the metrics, for `report`',
      ),
    [
      [
        'judge a table of your own, write only the evidence',
        'vqforge train --parquet mine.parquet --no-export',
      ],
      [
        'a table with names of its own',
        'vqforge train --parquet mine.csv --source-column content --teacher-column mos --no-export',
      ],
      ['make the pinned model again', 'vqforge train'],
      ['a model of your own, beside the shipped one', 'vqforge train --parquet mine.parquet --id prod_2025'],
      [
        'a teacher that scores from 1 to 5',
        'vqforge train --parquet mos.parquet --teacher-column mos --teacher-range 1,5 --id mos_v1',
      ],
      ['would that replace something?', 'vqforge train --parquet mine.parquet --id prod_2025 --dry-run'],
      ['another seed, evaluated only', 'vqforge train --seed 7 --no-export --json'],
    ],
  );

export type TrainFlags = FlagsOf<ReturnType<typeof declare>>;

/** `vqforge train`, a command and a group: `vqforge train lpips`. */
export const train = (context: CommandContext): CommandUnknownOpts =>
  declare()
    .action(async (_model, flags) =>
      (await import('../actions/train.ts')).trainCommand(defined(flags), context),
    )
    .addCommand(trainLpips(context));
