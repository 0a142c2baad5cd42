import { availableParallelism } from 'node:os';
import { PipelineError } from '../errors.ts';
import type { ReadItem, ReadRequest } from './item-worker.ts';
import { ThreadPool } from './thread-pool.ts';

/** One for each core, up to the number that a disk still gains from. */
const MOST_THREADS = 8;

/** Threads that read and decode items: for pictures of 256×256 that takes as long as their distances. */
export class ItemPool {
  /** Items that it is worth to have under way at once. */
  readonly ahead: number;
  readonly #threads: ThreadPool<ReadRequest, ReadItem>;

  constructor() {
    const size = Math.min(availableParallelism(), MOST_THREADS);
    this.ahead = 4 * size;
    this.#threads = new ThreadPool({
      script: new URL('./item-worker.js', import.meta.url),
      size,
      failed: (reason) => new PipelineError('UNREADABLE', `the pictures were not decoded: ${reason}`),
    });
  }

  /** @throws PipelineError UNREADABLE */
  read(request: ReadRequest): Promise<ReadItem> {
    return this.#threads.run(request);
  }

  close(): Promise<void> {
    return this.#threads.close();
  }
}
