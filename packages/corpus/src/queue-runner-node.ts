import { setTimeout as sleep } from 'node:timers/promises';
import type { CorpusFolder } from './corpus-folder-files.ts';
import { CorpusError } from './errors.ts';
import type { PairJob } from './pair-job.ts';
import type { JobRunner } from './pair-pool.ts';
import { QueueSession } from './queue-session.ts';
import type { QueueUrl } from './queue-url.ts';

interface QueueRunnerOptions {
  readonly place: QueueUrl;
  /** Name of the corpus's queue. */
  readonly name: string;
  /** Where results and dead letters appear. */
  readonly folder: CorpusFolder;
  readonly attempts: number;
  readonly signal?: AbortSignal;
  /** What went wrong with the server, while it is waited for. */
  readonly onTrouble?: (message: string) => void;
}

/** How often the queue is asked how much is left. */
const POLL_MS = 500;

/**
 * Gives jobs to a queue that workers on any machines work off, and waits until none is left in it, or each has a result or
 * a dead letter. A server that goes away is waited for. Nothing is read from the queue but how many jobs it has.
 */
export function queueRunner({
  place,
  name,
  folder,
  attempts,
  signal,
  onTrouble,
}: QueueRunnerOptions): JobRunner {
  return {
    async run(jobs, progress) {
      if (jobs.length === 0) return;
      const session = await QueueSession.open(place, name);
      const producer = session.producer();
      let reported: string | undefined;
      const trouble = setInterval(() => {
        const { failure } = session;
        if (failure !== undefined && failure !== reported) onTrouble?.(failure);
        reported = failure;
      }, POLL_MS);
      try {
        await untilAborted(producer.add(jobs, attempts, signal), signal);
        let look = performance.now() + POLL_MS;
        for (;;) {
          const open = await untilAborted(producer.open(), signal);
          progress(Math.max(0, jobs.length - open));
          if (open === 0) return;
          // a worker that was killed may have left its job in the queue and the result in the folder
          if (performance.now() > look) {
            const start = performance.now();
            if (await haveEnded(jobs, folder)) return;
            look = performance.now() + Math.max(POLL_MS, 10 * (performance.now() - start));
          }
          await sleep(POLL_MS, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
        }
      } catch (error) {
        // workers would go on with jobs whose result is no longer wanted
        if (signal?.aborted === true)
          await Promise.race([producer.clear(), sleep(POLL_MS)]).catch(() => undefined);
        throw error;
      } finally {
        clearInterval(trouble);
        await Promise.race([producer.close(), sleep(10 * POLL_MS)]);
      }
    },
  };
}

/** Whether each job has a result or a dead letter. */
async function haveEnded(jobs: readonly PairJob[], { store, letters }: CorpusFolder): Promise<boolean> {
  const there = await store.ids();
  if (jobs.every(({ id }) => there.has(id))) return true;
  const dead = await letters.read();
  return jobs.every(({ id }) => there.has(id) || dead.has(id));
}

/** A command to a server that is away waits for it; an abort does not. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () =>
      reject(
        new CorpusError('INTERRUPTED', 'the run was interrupted; start it again, it goes on where it was'),
      );
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
