import { setTimeout as sleep } from 'node:timers/promises';
import { Turns, type Job, type Jobs, type Runner } from '@vqforge/pipeline/runner';
import type { CorpusFolder } from './corpus-folder-files.ts';
import { interrupted } from './pair-work.ts';
import { QueueSession, type QueueConsumer } from './queue-session.ts';
import type { QueueUrl } from './queue-url.ts';

export interface QueueRunnerOptions {
  readonly place: QueueUrl;
  /**
   * How long the queue keeps a job for a machine that gives no sign of life; this machine then takes jobs too. Default: it gives them
   * out alone.
   */
  readonly lockMs?: number;
  /** Whether each of these jobs has come to its end, whatever the queue says; default: the queue is believed. */
  readonly haveEnded?: (keys: Iterable<string>) => Promise<boolean>;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (done: number) => void;
  /** What went wrong with the server, while it is waited for. */
  readonly onTrouble?: (message: string) => void;
}

/** How often the queue is asked how much is left. */
const POLL_MS = 500;

/**
 * Gives jobs to a queue that any number of machines work off, and waits until none is left in it. A server that goes away is waited
 * for. Nothing is read from the queue but jobs and how many there are: what came of them, the caller finds in files.
 */
export function queueRunner({
  place,
  lockMs,
  haveEnded,
  signal,
  onProgress,
  onTrouble,
}: QueueRunnerOptions): Runner {
  return {
    async run(jobs, work, done, { name, parallel } = { name: 'vqforge', parallel: 1 }) {
      if (jobs.length === 0) return;
      const session = await QueueSession.open(place, name);
      const producer = session.producer();
      const ended = new AbortController();
      let consumer: QueueConsumer | undefined;
      try {
        await unlessAborted(producer.add(jobs, signal), signal);
        const taking = new Promise<never>((_, reject) => {
          if (lockMs === undefined) return;
          const turns = new Turns();
          consumer = session.consumer(
            async (data) => {
              const job = data as Job<never>;
              try {
                const output = await work(job.input);
                await turns.take(async () => done(job, output));
              } catch (error) {
                reject(error);
                throw error;
              }
            },
            { concurrency: parallel, lockMs },
          );
        });
        taking.catch(() => undefined);
        const drained = untilDrained(
          async () => {
            if (session.failure !== undefined) onTrouble?.(session.failure);
            const open = await producer.open();
            onProgress?.(Math.max(0, jobs.length - open));
            return open === 0;
          },
          ended.signal,
          haveEnded && (() => haveEnded(keysOf(jobs))),
        );
        await unlessAborted(Promise.race([drained, taking]), signal);
      } catch (error) {
        // workers would go on with what is waited for no longer
        if (signal?.aborted === true && lockMs === undefined)
          await Promise.race([producer.clear(), sleep(POLL_MS)]).catch(() => undefined);
        throw error;
      } finally {
        ended.abort();
        await Promise.race([closeAll(consumer, producer), sleep(10 * POLL_MS)]);
      }
    },
  };
}

function* keysOf(jobs: Jobs<unknown>): Generator<string> {
  for (const { key } of jobs) yield key;
}

/** Makes the question whether all jobs of these ids have ended: each has a result or a dead letter in the folder of the corpus. */
export function haveEndedIn({ store, letters }: CorpusFolder): (ids: Iterable<string>) => Promise<boolean> {
  return async (ids) => {
    const [there, dead] = [await store.ids(), await letters.read()];
    for (const id of ids) if (!there.has(id) && !dead.has(id)) return false;
    return true;
  };
}

/**
 * Answers once the queue has no job, or all have ended: a worker that was killed may have left its job in the queue, and what came of
 * it where that belongs. The second look takes a tenth of the time at most.
 */
async function untilDrained(
  isEmpty: () => Promise<boolean>,
  ended: AbortSignal,
  haveEnded: (() => Promise<boolean>) | undefined,
): Promise<void> {
  let look = performance.now() + POLL_MS;
  while (!(await isEmpty())) {
    if (haveEnded !== undefined && performance.now() > look) {
      const start = performance.now();
      if (await haveEnded()) return;
      look = performance.now() + Math.max(POLL_MS, 10 * (performance.now() - start));
    }
    await sleep(POLL_MS, undefined, { signal: ended }).catch(() => undefined);
    if (ended.aborted) return;
  }
}

async function closeAll(...ends: readonly ({ close(): Promise<void> } | undefined)[]): Promise<void> {
  for (const end of ends) await end?.close();
}

/** A command to a server that is away waits for it; an abort does not. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(interrupted());
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
  });
  work.catch(() => undefined);
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
