import type { Json } from '@vqforge/base';
import { ProcessPool, type JobOutcome } from '@vqforge/base/node';
import { CorpusError } from './errors.ts';
import type { DeadLetters } from './dead-letter-files.ts';
import { verdictOn } from './job-verdict.ts';
import type { PairJob, PairRequest, PairSetup } from './pair-job.ts';

interface PairPoolOptions {
  readonly setup: PairSetup;
  /** Processes, each of which keeps one core busy. */
  readonly size: number;
  readonly timeoutMs: number;
}

/** Where jobs are worked off. */
export interface JobRunner {
  /**
   * Works off jobs in any order; answers when each has a result or a dead letter, or may have been lost: results are compared with
   * the manifest afterwards.
   *
   * @param progress called with how many of the jobs have ended
   * @throws CorpusError INTERRUPTED; what ends every job, such as a full disk
   */
  run(jobs: readonly PairJob[], progress: (done: number) => void): Promise<void>;
}

/** Child processes of this machine that measure pairs. */
export class PairPool {
  readonly #pool: ProcessPool;
  readonly #size: number;

  constructor({ setup, size, timeoutMs }: PairPoolOptions) {
    this.#size = size;
    this.#pool = new ProcessPool({
      script: new URL('./pair-process.js', import.meta.url),
      setup: setup as unknown as Json,
      size,
      timeoutMs,
    });
  }

  get size(): number {
    return this.#size;
  }

  ask(request: PairRequest): Promise<JobOutcome> {
    return this.#pool.run(request as unknown as Json);
  }

  close(): void {
    this.#pool.close();
  }
}

/** Works on items in as many seats as the pool has processes, until all are done or one throws. */
export async function inSeats<T>(
  items: readonly T[],
  pool: PairPool,
  signal: AbortSignal | undefined,
  work: (item: T) => Promise<T | undefined>,
): Promise<void> {
  const later: T[] = [];
  let next = 0;
  let failure: { readonly error: unknown } | undefined;
  const abort = (): void => pool.close();
  signal?.addEventListener('abort', abort, { once: true });
  const seat = async (): Promise<void> => {
    for (;;) {
      const item = next < items.length ? items[next++] : later.shift();
      if (item === undefined || failure !== undefined || signal?.aborted === true) return;
      try {
        const again = await work(item);
        if (again !== undefined) later.push(again);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  try {
    if (signal?.aborted === true) abort();
    await Promise.all(Array.from({ length: Math.min(pool.size, items.length) }, seat));
  } finally {
    signal?.removeEventListener('abort', abort);
  }
  if (signal?.aborted === true)
    throw new CorpusError('INTERRUPTED', 'the run was interrupted; start it again, it goes on where it was');
  if (failure !== undefined) throw failure.error;
}

interface EmbeddedOptions {
  readonly pool: PairPool;
  readonly letters: DeadLetters;
  readonly attempts: number;
  readonly signal?: AbortSignal;
}

/** The runner of this machine: no server, a child process per core. */
export function embeddedRunner({ pool, letters, attempts, signal }: EmbeddedOptions): JobRunner {
  return {
    async run(jobs, progress) {
      let done = 0;
      const items = jobs.map((job) => ({ job, attempt: 1 }));
      await inSeats(items, pool, signal, async ({ job, attempt }) => {
        const outcome = await pool.ask({ kind: 'pair', job });
        // a pool that was closed ends its jobs as crashed
        if (signal?.aborted === true) return undefined;
        const verdict = verdictOn(outcome, attempt, attempts);
        if (verdict.kind === 'again') return { job, attempt: attempt + 1 };
        if (verdict.kind === 'stop') throw new CorpusError('UNWRITABLE', verdict.failure.message);
        if (verdict.kind === 'given up') await letters.add(job.id, verdict.failure);
        progress(++done);
        return undefined;
      });
    },
  };
}
