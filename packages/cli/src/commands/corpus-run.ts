import { Command, Option } from '@commander-js/extra-typings';
import { type CommandContext, complete, type FlagsOf, given } from '../command-shape.ts';
import { corpusOutOption, queueOption, shardOption } from '../corpus-flags.ts';
import { featureFlag } from '../feature-flag.ts';
import { integerFlag } from '../flag-values.ts';
import { motionOption, registryOption, subsampleOption, unregisteredOption } from '../shared-options.ts';
import { teacherFlag } from '../teacher-flag.ts';

const declare = () =>
  complete(
    new Command('run')
      .description('measure every pair of a corpus and write its table; again, it goes on where it was')
      .argument('<manifest>', 'pairs of clips: CSV or JSON lines with reference, distorted, source, codec …')
      .addOption(corpusOutOption().makeOptionMandatory())
      .addOption(
        new Option(
          '--teacher <id>',
          'a model of libvmaf, by id (vqforge weights pull) or file: adds its score, and measures with its options',
        ).argParser((text: string) => teacherFlag(text)),
      )
      .addOption(
        new Option('--feature <name>', 'lpips (on WebAssembly), psnr; again for both').argParser(featureFlag),
      )
      .addOption(new Option('--neg', 'without a teacher: measure as its NEG models do').conflicts('teacher'))
      .option('--additive', 'AIM and adm3 too')
      .addOption(motionOption())
      .addOption(subsampleOption())
      .option('--scale', 'bring smaller renditions to the size of the reference (bicubic, ffmpeg)')
      .addOption(registryOption())
      .addOption(unregisteredOption())
      .addOption(shardOption())
      .addOption(
        queueOption(
          'give the pairs to a queue that vqforge corpus worker works off: redis://…, or postgres://… (experimental)',
        ).conflicts('shard'),
      )
      .option('--workers <n>', 'processes that measure (default: one per core)', integerFlag(1, 1024))
      .option(
        '--attempts <n>',
        'how often a pair is tried that crashes its process or takes too long',
        integerFlag(1, 100),
        3,
      )
      .option('--timeout <seconds>', 'how long one attempt may take', integerFlag(1, 1_000_000), 3600),
    [
      [
        'a training table of the pairs in corpus.csv',
        'vqforge corpus run corpus.csv --out corpus --teacher vmaf_v0.6.1',
      ],
      [
        'the third of eight machines that share a folder',
        'vqforge corpus run corpus.csv --out /nfs/corpus --shard 3/8',
      ],
    ],
  );

export type CorpusRunFlags = FlagsOf<ReturnType<typeof declare>>;

/** `vqforge corpus run`. */
export const corpusRun = (context: CommandContext) =>
  declare().action(async (manifest, flags) =>
    (await import('../actions/corpus-run.ts')).corpusRunCommand(manifest, given(flags), context),
  );
