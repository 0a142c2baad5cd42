import { defined } from '@vqforge/base';
import { Option } from '@commander-js/extra-typings';
import { type CommandContext, complete, type FlagsOf } from '../command-shape.ts';
import { queueOption, shardOption } from '../corpus-flags.ts';
import {
  choicesFlag,
  integerFlag,
  integersFlag,
  numberFlag,
  numbersFlag,
  rangeFlag,
} from '../flag-values.ts';
import { augmentOption, forceOption, tableCommand, trainingEngineOption } from '../shared-options.ts';

const declare = () =>
  complete(
    tableCommand(
      'sweep',
      'train a grid of seeds and recipe values, leave-one-source-out; publish nothing',
      'feature table: files, folders or globs',
    )
      .addOption(augmentOption())
      .option('--teacher-range <low,high>', "the teacher's scale (default: 0,100)", rangeFlag)
      .option('--drop-invalid', 'drop rows with null, NaN or infinite values instead of refusing the table')
      .addOption(
        new Option('--recipe <a,b>', 'recipes: standard, reference')
          .argParser(choicesFlag(['standard', 'reference']))
          .default(['standard'] as const, 'standard'),
      )
      .addOption(
        new Option('--seeds <list>', 'seeds, such as 0-4 or 1,2,7')
          .argParser(integersFlag(0, 0xffff_ffff))
          .default([0, 1, 2, 3, 4], '0-4'),
      )
      .option('--epochs <list>', 'passes over the rows (default: the recipe)', integersFlag(1, 1_000_000))
      .option('--batch-size <list>', 'rows per step (default: the recipe)', integersFlag(1, 65_536))
      .option('--lr <list>', 'peak learning rates (default: the recipe)', numbersFlag)
      .option('--weight-decay <list>', 'decoupled weight decays (default: the recipe)', numbersFlag)
      .option('--ship-threshold <x>', 'mean PLCC that the gate wants', numberFlag, 0.95)
      .addOption(trainingEngineOption())
      .option('--workers <n>', 'cores to use (default: all)', integerFlag(1, 256))
      .addOption(
        queueOption(
          'share the trainings with every machine that runs the same line: redis://…, or postgres://… (experimental)',
        ).conflicts('shard'),
      )
      .addOption(shardOption())
      .option('--out <folder>', 'where the evidence goes (default: runs/sweep-<digest of table and grid>)')
      .addOption(forceOption()),
    [
      ['how much does the seed matter?', 'vqforge sweep --parquet mine.parquet'],
      [
        'a grid of 2 × 3 settings, 5 seeds each; again, it goes on where it was',
        'vqforge sweep --parquet mine.parquet --epochs 30,100 --lr 1e-3,5e-3,1e-2',
      ],
      [
        'the same line on each machine that shares the folder',
        'vqforge sweep --parquet mine.parquet --out /nfs/sweep --seeds 0-99 --queue redis://10.0.0.5:6379',
      ],
      [
        'the third of eight machines that share a folder',
        'vqforge sweep --parquet mine.parquet --out /nfs/sweep --seeds 0-99 --shard 3/8',
      ],
    ],
  );

export type SweepFlags = FlagsOf<ReturnType<typeof declare>>;

/** `vqforge sweep`. */
export const sweep = (context: CommandContext) =>
  declare().action(async (flags) =>
    (await import('../actions/sweep.ts')).sweepCommand(defined(flags), context),
  );
