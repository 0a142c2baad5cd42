import { Command } from '@commander-js/extra-typings';
import { type CommandContext, complete, type FlagsOf, given } from '../command-shape.ts';
import { queueOption } from '../corpus-flags.ts';
import { integerFlag } from '../flag-values.ts';
import { registryOption, unregisteredOption } from '../shared-options.ts';

const declare = () =>
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

export type CorpusWorkerFlags = FlagsOf<ReturnType<typeof declare>>;

/** `vqforge corpus worker`. */
export const corpusWorker = (context: CommandContext) =>
  declare().action(async (folder, flags) =>
    (await import('../actions/corpus-worker.ts')).corpusWorkerCommand(folder, given(flags), context),
  );
