import { Command } from '@commander-js/extra-typings';
import { type CommandContext, complete, type FlagsOf, given } from '../command-shape.ts';
import { integerFlag } from '../flag-values.ts';
import { cacheOption, forceOption, seedOption, teacherOption } from '../shared-options.ts';

const declare = () =>
  complete(
    new Command('probe')
      .description(
        'draw feature vectors at random and have a teacher label them: probes that join training on a table of that teacher',
      )
      .addOption(teacherOption())
      .requiredOption('--out <file>', 'table of probes to write (parquet)')
      .option('--rows <n>', 'how many', integerFlag(1, 10_000_000), 20_000)
      .addOption(seedOption())
      .addOption(cacheOption())
      .addOption(forceOption()),
    [
      [
        'the probes of datasets/vmaf_v0.6.1_probes, byte for byte',
        'vqforge features probe --teacher vmaf_v0.6.1 --rows 20000 --seed 0 --out probes.parquet',
      ],
    ],
  );

export type FeaturesProbeFlags = FlagsOf<ReturnType<typeof declare>>;

/** `vqforge features probe`. */
export const featuresProbe = (_context: CommandContext) =>
  declare().action(async (flags) =>
    (await import('../actions/features-label.ts')).probeCommand(given(flags)),
  );
