import type { Queue, Worker } from 'bullmq';
import { CorpusError } from './errors.ts';
import { withoutCredentials, type QueueUrl } from './queue-url.ts';

/** How the worker of a queue takes jobs. */
export interface QueueWorkerOptions {
  /** Jobs at a time. */
  readonly concurrency: number;
  /** How long a job is kept for a worker that gives no sign of life. */
  readonly lockMs: number;
}

/** The function that works on a job of the queue, called with the data of the job. */
export type QueueProcessor = (data: unknown) => Promise<void>;

/** BullMQ, connected. */
export interface QueueLibrary {
  queue(name: string): Queue;
  worker(name: string, processor: QueueProcessor, options: QueueWorkerOptions): Worker;
  close(): Promise<void>;
}

/** A worker that is killed over and over leaves its jobs to others. */
const MOST_STALLS = 1000;

/**
 * Loads the optional package that speaks to the queue at a URL.
 *
 * @throws CorpusError MISSING_PACKAGE | QUEUE_FAILED
 */
export async function queueLibrary(place: QueueUrl): Promise<QueueLibrary> {
  const bullmq = await load('bullmq', place, () => import('bullmq'));
  const connection = place.store === 'redis' ? await redisConnection(place) : await postgresConnection(place);
  const classes =
    place.store === 'redis'
      ? { Queue: bullmq.Queue, Worker: bullmq.Worker }
      : bullmq.withBackend(bullmq.createPostgresBackend);
  const { Queue: QueueClass, Worker: WorkerClass } = classes as unknown as Pick<
    typeof bullmq,
    'Queue' | 'Worker'
  >;
  return {
    queue: (name) => new QueueClass(name, { connection: connection.client }),
    worker: (name, processor, { concurrency, lockMs }) =>
      new WorkerClass(name, (job) => processor(job.data), {
        connection: connection.client,
        concurrency,
        lockDuration: lockMs,
        stalledInterval: lockMs,
        maxStalledCount: MOST_STALLS,
        drainDelay: 1,
      }),
    close: () => connection.close(),
  };
}

interface Connection {
  /** What BullMQ takes for a connection. */
  readonly client: never;
  close(): Promise<void>;
}

async function redisConnection(place: QueueUrl): Promise<Connection> {
  const { Redis } = await load('ioredis', place, () => import('ioredis'));
  // a server that is not there at first is a wrong address; one that goes away later is waited for
  const probe = new Redis(place.url, {
    lazyConnect: true,
    retryStrategy: () => null,
    connectTimeout: 10_000,
  });
  let reason: Error | undefined;
  probe.on('error', (error: Error) => (reason = error));
  try {
    await probe.connect();
    await probe.ping();
  } catch (error) {
    throw unreachable(place, reason ?? (error as Error));
  } finally {
    probe.disconnect();
  }
  const client = new Redis(place.url, { maxRetriesPerRequest: null, retryStrategy: () => 500 });
  client.on('error', () => undefined);
  return { client: client as unknown as never, close: async () => client.disconnect() };
}

async function postgresConnection(place: QueueUrl): Promise<Connection> {
  const { Pool } = await load('pg', place, () => import('pg'));
  const probe = new Pool({ connectionString: place.url });
  probe.on('error', () => undefined);
  try {
    await probe.query('select 1');
  } catch (error) {
    throw unreachable(place, error as Error);
  } finally {
    await probe.end();
  }
  // BullMQ makes its own pool of it, and its tables in the schema bullmq
  const options = { connectionString: place.url, migrate: true };
  return { client: options as unknown as never, close: async () => undefined };
}

function unreachable(place: QueueUrl, cause: Error): CorpusError {
  return new CorpusError(
    'QUEUE_FAILED',
    `queue ${place.shown} cannot be reached: ${withoutCredentials(cause.message, place)}; look at the address and whether the server runs`,
  );
}

const VERSIONS = { bullmq: '6.7.0', ioredis: '6.0.0', pg: '8.23.1' } as const;

async function load<T>(
  name: keyof typeof VERSIONS,
  { store }: QueueUrl,
  loaded: () => Promise<T>,
): Promise<T> {
  try {
    return await loaded();
  } catch (cause) {
    const client = store === 'redis' ? 'ioredis' : 'pg';
    throw new CorpusError(
      'MISSING_PACKAGE',
      `a queue on ${store === 'redis' ? 'Redis' : 'PostgreSQL'} needs the package ${name}, which is not installed: npm install bullmq@${VERSIONS.bullmq} ${client}@${VERSIONS[client]}`,
      { cause },
    );
  }
}
