import { defined } from '@vqforge/base';
import { Command, Option } from '@commander-js/extra-typings';
import { type CommandContext, complete, type FlagsOf, group } from '../command-shape.ts';
import { corpusOutOption, queueOption, shardOption } from '../corpus-flags.ts';
import { featureFlag } from '../feature-flag.ts';
import { integerFlag } from '../flag-values.ts';
import {
  forceOption,
  measuringTeacherOption,
  motionOption,
  registryOption,
  subsampleOption,
  unregisteredOption,
} from '../shared-options.ts';

const describe = () =>
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

export type CorpusDescribeFlags = FlagsOf<ReturnType<typeof describe>>;

const encode = () =>
  complete(
    new Command('encode')
      .description('renditions of references by a ladder file, with the ffmpeg on PATH, and their manifest')
      .argument('<reference...>', 'clips; the name of each without its ending is its source')
      .requiredOption('--ladder <file>', 'rungs: codec, crf or bitrate, height, preset (docs/corpus.md)')
      .requiredOption(
        '--out <folder>',
        'renditions, corpus.csv, and encodes.json with command lines and digests',
      )
      .option('--workers <n>', 'encodes at a time (default: one per core)', integerFlag(1, 1024))
      .option('--license <spdx>', 'of every source')
      .option('--attribution <text>', 'whom to name for every source'),
    [
      [
        'a ladder of two references, and the table of it',
        'vqforge corpus encode city.y4m river.y4m --ladder datasets/open9/ladder.json --out renditions',
      ],
    ],
  );

export type CorpusEncodeFlags = FlagsOf<ReturnType<typeof encode>>;

const run = () =>
  complete(
    new Command('run')
      .description('measure every pair of a corpus and write its table; again, it goes on where it was')
      .argument('<manifest>', 'pairs of clips: CSV or JSON lines with reference, distorted, source, codec …')
      .addOption(corpusOutOption().makeOptionMandatory())
      .addOption(measuringTeacherOption())
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

export type CorpusRunFlags = FlagsOf<ReturnType<typeof run>>;

const worker = () =>
  complete(
    new Command('worker')
      .description('measure pairs of a queue, on this machine, until the corpus is done')
      .argument('<folder>', 'that vqforge corpus run --out writes')
      .addOption(
        queueOption(
          'where the pairs come from: redis://…, or postgres://… (experimental)',
        ).makeOptionMandatory(),
      )
      .option(
        '--workers <n>',
        'pairs at a time, a process each (default: one per core)',
        integerFlag(1, 1024),
      )
      .option(
        '--attempts <n>',
        'how often a pair is tried that crashes its process or takes too long',
        integerFlag(1, 100),
        3,
      )
      .option('--timeout <seconds>', 'how long one attempt may take', integerFlag(1, 1_000_000), 3600)
      .option(
        '--lock <seconds>',
        'how long the queue keeps a pair for a worker that gives no sign of life',
        integerFlag(1, 100_000),
        30,
      )
      .addOption(registryOption())
      .addOption(unregisteredOption()),
    [
      [
        'on each machine that shares the folder',
        'vqforge corpus worker /nfs/corpus --queue redis://10.0.0.5:6379',
      ],
    ],
  );

export type CorpusWorkerFlags = FlagsOf<ReturnType<typeof worker>>;

const assemble = () =>
  complete(
    new Command('assemble')
      .description('write the table of a corpus from its results')
      .argument('<folder>', 'that vqforge corpus run --out wrote')
      .option('--partial', 'leave out pairs without a result; the data card names them'),
    [['after all shares have ended', 'vqforge corpus assemble corpus']],
  );

export type CorpusAssembleFlags = FlagsOf<ReturnType<typeof assemble>>;

const status = () =>
  complete(
    new Command('status')
      .description('what is done of a corpus, what was given up and why, how long the rest takes')
      .argument('<folder>', 'that vqforge corpus run --out wrote')
      .option('--report <file>', 'the same as one HTML page'),
    [['how far is it?', 'vqforge corpus status corpus']],
  );

export type CorpusStatusFlags = FlagsOf<ReturnType<typeof status>>;

const retry = () =>
  complete(
    new Command('retry')
      .description('let the next run try again what was given up')
      .argument('<folder>', 'that vqforge corpus run --out wrote'),
    [['after the cause is gone', 'vqforge corpus retry corpus']],
  );

export type CorpusRetryFlags = FlagsOf<ReturnType<typeof retry>>;

const actions = () => import('../actions/corpus.ts');

/** `vqforge corpus`. */
export const corpus = (context: CommandContext) =>
  group('corpus', 'from a folder of clips to a training table, on one machine or many', [
    describe().action(async (folder, flags) =>
      (await actions()).describeCommand(folder, defined(flags), context),
    ),
    encode().action(async (references, flags) =>
      (await actions()).encodeCommand(references, defined(flags), context),
    ),
    run().action(async (manifest, flags) =>
      (await import('../actions/corpus-run.ts')).corpusRunCommand(manifest, defined(flags), context),
    ),
    worker().action(async (folder, flags) =>
      (await import('../actions/corpus-worker.ts')).corpusWorkerCommand(folder, defined(flags), context),
    ),
    assemble().action(async (folder, flags) =>
      (await actions()).assembleCommand(folder, defined(flags), context),
    ),
    status().action(async (folder, flags) => (await actions()).statusCommand(folder, defined(flags))),
    retry().action(async (folder, flags) => (await actions()).retryCommand(folder, defined(flags))),
  ]);
