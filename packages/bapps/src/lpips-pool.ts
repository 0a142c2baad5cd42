import { ThreadPool } from '@vqforge/base/node';
import { BappsError } from './errors.ts';
import type { PackedComparisons } from './lpips-run.ts';
import type { LpipsCalls, WorkerSettings } from './lpips-worker.ts';

/** Calls that a session is given at once: one under way and one that waits for it. */
export const CALLS_PER_SESSION = 2;

/** Sessions of one LPIPS model, each in a thread of its own, that take requests in turn. */
export class LpipsPool {
  readonly #threads: ThreadPool<LpipsCalls>;

  constructor(settings: WorkerSettings, size: number) {
    this.#threads = new ThreadPool({
      script: new URL('./lpips-worker.js', import.meta.url),
      setup: settings,
      size,
      callsPerThread: CALLS_PER_SESSION,
      // onnxruntime-node aborts the process when its thread is terminated within a call
      ending: 'between calls',
      toError: ({ message }) => new BappsError('RUN_FAILED', `the LPIPS model did not run: ${message}`),
    });
  }

  /** Distances of all distorted patches. @throws BappsError RUN_FAILED */
  run(comparisons: PackedComparisons): Promise<Float32Array> {
    return this.#threads.run('run', comparisons, { transfer: [comparisons.pixels.buffer] });
  }

  close(): Promise<void> {
    return this.#threads.close();
  }
}
