import type { Json } from '@vqforge/base';
import { ProcessPool, type JobOutcome } from '@vqforge/base/processes';
import type { PairRequest, PairSetup } from './pair-job.ts';

interface PairPoolOptions {
  readonly setup: PairSetup;
  /** Processes, each of which keeps one core busy. */
  readonly size: number;
  readonly timeoutMs: number;
  /** Closes the pool when it aborts. */
  readonly signal?: AbortSignal | undefined;
}

/** Child processes of this machine that measure pairs. */
export class PairPool {
  readonly #pool: ProcessPool;
  readonly #size: number;

  constructor({ setup, size, timeoutMs, signal }: PairPoolOptions) {
    this.#size = size;
    this.#pool = new ProcessPool({
      script: new URL('./pair-process.js', import.meta.url),
      setup: setup as unknown as Json,
      size,
      timeoutMs,
    });
    if (signal?.aborted === true) this.close();
    signal?.addEventListener('abort', () => this.close(), { once: true });
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
