import type { JobState, Queue } from 'bullmq';
import type { Job, Jobs } from '@vqforge/pipeline/runner';
import {
  queueLibrary,
  type QueueLibrary,
  type QueueProcessor,
  type QueueWorkerOptions,
} from './queue-library-node.ts';
import { withoutCredentials, type QueueUrl } from './queue-url.ts';

/** A connection to a queue of BullMQ, on Redis or PostgreSQL. */
export class QueueSession {
  readonly #place: QueueUrl;
  readonly #name: string;
  readonly #library: QueueLibrary;
  #failure: Error | undefined;

  private constructor(place: QueueUrl, name: string, library: QueueLibrary) {
    this.#place = place;
    this.#name = name;
    this.#library = library;
  }

  /** @throws CorpusError MISSING_PACKAGE with the line that installs it; QUEUE_FAILED where the server does not answer */
  static async open(place: QueueUrl, name: string): Promise<QueueSession> {
    return new QueueSession(place, name, await queueLibrary(place));
  }

  /** What went wrong last; commands wait for the server meanwhile. */
  get failure(): string | undefined {
    return this.#failure === undefined ? undefined : withoutCredentials(this.#failure.message, this.#place);
  }

  /** The end of the queue that jobs are given to. */
  producer(): QueueProducer {
    const queue = this.#library.queue(this.#name);
    queue.on('error', (error) => (this.#failure = error));
    return new QueueProducer(queue, () => this.#library.close());
  }

  /** The end that jobs are taken from. A job whose processor throws leaves the queue. */
  consumer(processor: QueueProcessor, options: QueueWorkerOptions): QueueConsumer {
    const worker = this.#library.worker(this.#name, processor, options);
    worker.on('error', (error) => (this.#failure = error));
    return {
      close: async () => {
        // what is under way is another worker's once its lock has run out
        await worker.close(true);
        await this.#library.close();
      },
    };
  }
}

export interface QueueConsumer {
  /** Leaves jobs under way to other workers. */
  close(): Promise<void>;
}

/** Jobs that are on their way to the server at once. */
const JOBS_AT_ONCE = 50;
/** Neither finished nor given up. */
const OPEN: readonly JobState[] = ['waiting', 'active', 'delayed', 'prioritized', 'waiting-children'];

class QueueProducer {
  readonly #queue: Queue;
  readonly #close: () => Promise<void>;

  constructor(queue: Queue, close: () => Promise<void>) {
    this.#queue = queue;
    this.#close = close;
  }

  /** Gives jobs to the queue; those that are in it already stay as they are. */
  async add(jobs: Jobs<unknown>, signal?: AbortSignal): Promise<void> {
    let batch: Job<unknown>[] = [];
    for (const job of jobs) {
      if (signal?.aborted === true) return;
      batch.push(job);
      if (batch.length < JOBS_AT_ONCE) continue;
      await this.#add(batch);
      batch = [];
    }
    await this.#add(batch);
  }

  /** One by one: what is given to ioredis as one pipeline stays in memory until the collector has run over all of it. */
  async #add(batch: readonly Job<unknown>[]): Promise<void> {
    await Promise.all(
      batch.map((job) =>
        // an id is no integer; what is done, files say
        this.#queue.add('job', job, { jobId: `job-${job.key}`, removeOnComplete: true, removeOnFail: true }),
      ),
    );
  }

  /** Jobs that wait or are worked on. */
  async open(): Promise<number> {
    const counts = await this.#queue.getJobCounts(...OPEN);
    return Object.values(counts).reduce((sum, count) => sum + count, 0);
  }

  /** Removes what waits: of a run that was given up. */
  async clear(): Promise<void> {
    await this.#queue.drain(true);
  }

  async close(): Promise<void> {
    await this.#queue.close();
    await this.#close();
  }
}
