import { Command } from '@commander-js/extra-typings';
import { type CommandContext, complete, type FlagsOf, given } from '../command-shape.ts';
import { cacheOption, forceOption, teacherOption } from '../shared-options.ts';

const declare = () =>
  complete(
    new Command('label')
      .description(
        "add a teacher's scores to a table of the six features: vmaf, vmaf_unclipped, teacher_model",
      )
      .argument('<table>', 'feature table (parquet)')
      .addOption(teacherOption())
      .requiredOption('--out <file>', 'labelled table to write (parquet)')
      .addOption(cacheOption())
      .addOption(forceOption()),
    [
      [
        'the unclipped scores that train fits',
        'vqforge features label clips.parquet --teacher vmaf_v0.6.1 --out labelled.parquet',
      ],
    ],
  );

export type FeaturesLabelFlags = FlagsOf<ReturnType<typeof declare>>;

/** `vqforge features label`. */
export const featuresLabel = (_context: CommandContext) =>
  declare().action(async (table, flags) =>
    (await import('../actions/features-label.ts')).labelCommand(table, given(flags)),
  );
