import { BappsError } from './errors.ts';
import type { PackedComparisons } from './lpips-run.ts';
import type { WorkerSettings } from './lpips-worker.ts';
import { ThreadPool } from './thread-pool.ts';

/** Sessions of one LPIPS model, each in a thread of its own, that take requests in turn. */
export class LpipsPool {
  readonly #threads: ThreadPool<PackedComparisons, Float32Array>;

  constructor(settings: WorkerSettings, size: number) {
    this.#threads = new ThreadPool({
      script: new URL('./lpips-worker.js', import.meta.url),
      workerData: settings,
      size,
      failed: (reason) => new BappsError('RUN_FAILED', `the LPIPS model did not run: ${reason}`),
    });
  }

  /** Distances of all distorted patches. @throws BappsError RUN_FAILED */
  run(comparisons: PackedComparisons): Promise<Float32Array> {
    return this.#threads.run(comparisons, [comparisons.pixels.buffer]);
  }

  close(): Promise<void> {
    return this.#threads.close();
  }
}
