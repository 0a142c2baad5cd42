import { availableParallelism } from 'node:os';
import { ThreadPool } from '@vqforge/base/node';
import { BappsError } from './errors.ts';
import type { ItemCalls, ReadItem, ReadRequest } from './item-worker.ts';

/** One for each core, up to the number that a disk still gains from. */
const MOST_THREADS = 8;
/** A thread takes as long to start as so many items of 64×64 to read. */
const ITEMS_WORTH_A_THREAD = 64;
/** An item may take less time than a message. */
const CALLS_PER_THREAD = 4;

/** Threads that read and decode items: for pictures of 256×256 that takes as long as their distances. */
export class ItemPool {
  /** Items that it is worth to have under way at once. */
  readonly ahead: number;
  readonly #threads: ThreadPool<ItemCalls>;

  /** @param items that there are to read */
  constructor(items: number) {
    const size = Math.min(availableParallelism(), MOST_THREADS, Math.ceil(items / ITEMS_WORTH_A_THREAD));
    this.ahead = CALLS_PER_THREAD * size;
    this.#threads = new ThreadPool({
      script: new URL('./item-worker.js', import.meta.url),
      size,
      callsPerThread: CALLS_PER_THREAD,
      ending: 'between calls',
      toError: ({ message }) => new BappsError('UNREADABLE', `the pictures were not decoded: ${message}`),
    });
  }

  /** @throws BappsError UNREADABLE */
  read(request: ReadRequest): Promise<ReadItem> {
    return this.#threads.run('read', request);
  }

  close(): Promise<void> {
    return this.#threads.close();
  }
}
