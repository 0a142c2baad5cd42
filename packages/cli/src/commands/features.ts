import { defined } from '@vqforge/base';
import { Command, Option } from '@commander-js/extra-typings';
import { type CommandContext, complete, type FlagsOf, group } from '../command-shape.ts';
import { collectFlag, integerFlag, namesFlag } from '../flag-values.ts';
import {
  cacheOption,
  featureSetOption,
  clipCommand,
  forceOption,
  motionOption,
  seedOption,
  teacherOption,
  measuringTeacherOption,
  threadsOption,
} from '../shared-options.ts';

const extract = () =>
  complete(
    clipCommand(
      'extract',
      "measure VMAF's features of clips: a table to train on, or a log as libvmaf writes it",
    )
      .requiredOption(
        '--out <file>',
        'by its ending: .parquet a feature table; .json, .xml, .csv a log of one pair',
      )
      .addOption(forceOption())
      .option('--pairs <file>', 'a list for a table: a reference and a distorted clip per line')
      .option('--source <name>', 'source of the rows (default: the name of the reference without its ending)')
      .addOption(measuringTeacherOption())
      .addOption(
        new Option(
          '--neg',
          'without a teacher: measure as its NEG models do, without enhancement gain',
        ).conflicts('teacher'),
      )
      .option('--psnr', 'PSNR of every plane too')
      .option('--additive', 'AIM and adm3 too')
      .addOption(motionOption())
      .addOption(threadsOption()),
    [
      ['a log as libvmaf writes it', 'vqforge features extract -r ref.y4m -d dist.y4m --out log.json'],
      [
        'a training table of a ladder, with the score to learn',
        'vqforge features extract -r ref.mp4 -d low.mp4 high.mp4 --out clips.parquet --teacher vmaf_v0.6.1',
      ],
      ['of a list of pairs', 'vqforge features extract --pairs pairs.csv --out clips.parquet'],
    ],
  );

export type FeaturesExtractFlags = FlagsOf<ReturnType<typeof extract>>;

const importModel = () =>
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

export type FeaturesImportFlags = FlagsOf<ReturnType<typeof importModel>>;

const label = () =>
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

export type FeaturesLabelFlags = FlagsOf<ReturnType<typeof label>>;

const probe = () =>
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

export type FeaturesProbeFlags = FlagsOf<ReturnType<typeof probe>>;

/** `vqforge features`. */
export const features = (context: CommandContext) =>
  group('features', 'feature tables, and the teachers that label them', [
    extract().action(async (flags) =>
      (await import('../actions/features-extract.ts')).extractCommand(defined(flags), context),
    ),
    importModel().action(async (logs, flags) =>
      (await import('../actions/features-import.ts')).importCommand(logs, defined(flags), context),
    ),
    label().action(async (table, flags) =>
      (await import('../actions/features-label.ts')).labelCommand(table, defined(flags)),
    ),
    probe().action(async (flags) =>
      (await import('../actions/features-label.ts')).probeCommand(defined(flags)),
    ),
  ]);
