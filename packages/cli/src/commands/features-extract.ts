import { Command, Option } from '@commander-js/extra-typings';
import { type CommandContext, complete, type FlagsOf, given } from '../command-shape.ts';
import { teacherFlag } from '../teacher-flag.ts';
import {
  bitDepthOption,
  distortedOption,
  forceOption,
  frameCountOption,
  heightOption,
  motionOption,
  pixelFormatOption,
  referenceOption,
  skipDistortedOption,
  skipReferenceOption,
  subsampleOption,
  threadsOption,
  widthOption,
} from '../shared-options.ts';

const declare = () =>
  complete(
    new Command('extract')
      .description("measure VMAF's features of clips: a table to train on, or a log as libvmaf writes it")
      .addOption(referenceOption())
      .addOption(distortedOption())
      .addOption(widthOption())
      .addOption(heightOption())
      // in libvmaf, and so here, -h is the height
      .helpOption('--help', 'display help for command')
      .addOption(pixelFormatOption())
      .addOption(bitDepthOption())
      .addOption(subsampleOption())
      .addOption(frameCountOption())
      .addOption(skipReferenceOption())
      .addOption(skipDistortedOption())
      .requiredOption(
        '--out <file>',
        'by its ending: .parquet a feature table; .json, .xml, .csv a log of one pair',
      )
      .addOption(forceOption())
      .option('--pairs <file>', 'a list for a table: a reference and a distorted clip per line')
      .option('--source <name>', 'source of the rows (default: the name of the reference without its ending)')
      .addOption(
        new Option(
          '--teacher <id>',
          'a model of libvmaf, by id (vqforge weights pull) or file: adds its score, and measures with its options',
        ).argParser((text: string) => teacherFlag(text)),
      )
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

export type FeaturesExtractFlags = FlagsOf<ReturnType<typeof declare>>;

/** `vqforge features extract`. */
export const featuresExtract = (context: CommandContext) =>
  declare().action(async (flags) =>
    (await import('../actions/features-extract.ts')).extractCommand(given(flags), context),
  );
