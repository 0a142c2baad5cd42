import { Command } from '@commander-js/extra-typings';
import { type CommandContext, complete, type FlagsOf, given } from '../command-shape.ts';
import { collectFlag, namesFlag } from '../flag-values.ts';
import { featureSetOption, forceOption } from '../shared-options.ts';

const declare = () =>
  complete(
    new Command('import')
      .description(
        "turn libvmaf's logs (JSON, XML, CSV), one per distorted clip, into a feature table for train",
      )
      .argument('<log...>', 'log files, folders of them, or glob patterns')
      .requiredOption('--out <file>', 'feature table to write (parquet)')
      .addOption(forceOption())
      .option(
        '--source <name>',
        'content of the clip: one for all logs, or one per log in their order',
        collectFlag,
      )
      .option(
        '--source-pattern <regexp>',
        'where the names of logs tell the content: its first group, or the one named source (default: what comes before the first _)',
      )
      .option('--distorted <name>', 'distorted clip, one per log (default: the name of the log)', collectFlag)
      .addOption(featureSetOption('features that every log must have'))
      .option('--feature-columns <a,b,c>', 'the same, by name', namesFlag)
      .option('--teacher <metric>', 'the score to learn, by its name in the logs', 'vmaf')
      .option('--teacher-model <name>', 'the model that gave it, for the column teacher_model'),
    [
      [
        'every log of a folder; the source is what comes before the first _',
        'vqforge features import logs --out clips.parquet --teacher-model vmaf_v0.6.1',
      ],
      [
        'names such as enc1-flower.json',
        "vqforge features import '*.json' --out clips.parquet --source-pattern 'enc1-(.*)'",
      ],
    ],
  );

export type FeaturesImportFlags = FlagsOf<ReturnType<typeof declare>>;

/** `vqforge features import`. */
export const featuresImport = (context: CommandContext) =>
  declare().action(async (logs, flags) =>
    (await import('../actions/features-import.ts')).importCommand(logs, given(flags), context),
  );
