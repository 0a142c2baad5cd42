import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Job } from '@vqforge/pipeline/runner';
import { clipState } from './clip-digest-files.ts';
import type { CorpusFolder, RecordedRun } from './corpus-folder-files.ts';
import { clipsOf } from './corpus-plan.ts';
import { readCorpusState } from './corpus-state-files.ts';
import { CorpusError } from './errors.ts';
import type { PairJob, PairSetup } from './pair-job.ts';
import { PairPool } from './pair-pool.ts';
import { interrupted, pairWork } from './pair-work.ts';
import { QueueSession, type QueueConsumer } from './queue-session.ts';
import type { QueueUrl } from './queue-url.ts';

export interface WorkOptions {
  readonly folder: CorpusFolder;
  readonly place: QueueUrl;
  /** Pairs at a time, each in a process of its own. */
  readonly workers: number;
  /** How often a pair is tried that crashes, takes too long or fails for a reason that may pass. */
  readonly attempts: number;
  readonly timeoutMs: number;
  /** How long the queue keeps a job for a worker that gives no sign of life. */
  readonly lockMs: number;
  /** Where the LPIPS model is looked for; asked where the run measures one. */
  readonly lpips?: () => PairSetup['lpips'];
  readonly signal?: AbortSignal | undefined;
  readonly observer?: {
    /** There is a run to work for. */
    readonly run?: (recorded: RecordedRun) => void;
    /** No run has begun in the folder yet. */
    readonly waiting?: () => void;
    readonly job?: (done: number) => void;
  };
}

/** How often a worker looks whether a run has begun, and whether it is done. */
const LOOK_MS = 1000;

/**
 * Works off jobs of a corpus's queue until the corpus is done. Each job runs in a child process, so that this one renews the locks of
 * its jobs however long they take, and a clip that ends its process ends nothing else.
 *
 * @returns how many jobs were worked off here
 * @throws CorpusError MISSING_PACKAGE | QUEUE_FAILED | UNWRITABLE | INTERRUPTED
 */
export async function workCorpus(options: WorkOptions): Promise<number> {
  const { folder, place, workers, timeoutMs, lockMs, signal, observer } = options;
  const recorded = await runOf(options);
  await requireClips(recorded);
  const session = await QueueSession.open(place, recorded.run.queue);
  const pool = new PairPool({
    setup: folder.setup(
      recorded.run,
      recorded.root,
      recorded.run.measurement.lpips === null ? null : (options.lpips?.() ?? null),
    ),
    size: workers,
    timeoutMs,
    signal,
  });
  const work = pairWork({
    pool,
    letters: folder.letters,
    attempts: options.attempts,
    signal,
  });
  let done = 0;
  let underWay = 0;
  const ended = new AbortController();
  let consumer: QueueConsumer | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(interrupted()), { once: true });
      if (signal?.aborted === true) reject(interrupted());
      consumer = session.consumer(
        async (data) => {
          underWay++;
          try {
            await work((data as Job<PairJob>).input);
            done++;
            observer?.job?.(done);
          } catch (error) {
            // where no result can be kept, or all ends: the pair is another worker's once its lock has run out
            reject(error);
            await new Promise(() => undefined);
          } finally {
            underWay--;
          }
        },
        { concurrency: workers, lockMs },
      );
      untilDone(folder, () => underWay === 0, ended.signal).then(resolve, reject);
    });
    return done;
  } finally {
    ended.abort();
    await Promise.race([consumer?.close(), sleep(5 * LOOK_MS)]);
    pool.close();
  }
}

/** The run of the folder, once there is one. */
async function runOf({ folder, signal, observer }: WorkOptions): Promise<RecordedRun> {
  for (let isFirst = true; ; isFirst = false) {
    try {
      const recorded = await folder.recorded();
      observer?.run?.(recorded);
      return recorded;
    } catch (error) {
      if (!(error instanceof CorpusError) || error.code !== 'NO_RUN') throw error;
    }
    if (isFirst) observer?.waiting?.();
    if (signal?.aborted === true) throw interrupted();
    await sleep(LOOK_MS, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  }
}

/** A machine that does not see the clips would give up one pair after another. @throws CorpusError MISSING_CLIP */
async function requireClips({ manifest, root }: RecordedRun): Promise<void> {
  for (const path of clipsOf(manifest.pairs.slice(0, 1))) await clipState(resolve(root, path));
}

/** Answers once every pair has a result or a dead letter. It takes a tenth of the time at most, and looks only while `isIdle`. */
async function untilDone(folder: CorpusFolder, isIdle: () => boolean, ended: AbortSignal): Promise<void> {
  let pause = LOOK_MS;
  for (;;) {
    await sleep(pause, undefined, { signal: ended }).catch(() => undefined);
    if (ended.aborted) return;
    if (!isIdle()) continue;
    const start = performance.now();
    const { waiting, unread } = await readCorpusState(folder, { whole: false });
    if (waiting.length === 0 && unread.length === 0) return;
    pause = Math.max(LOOK_MS, 10 * (performance.now() - start));
  }
}
