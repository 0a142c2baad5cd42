import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { TableError } from './errors.ts';
import type {
  ArrangeResult,
  ArrangeTask,
  DecodeResult,
  DecodeTask,
  SharedTable,
  SortTask,
  TaskRunner,
  WorkerMessage,
  WorkerRequest,
  WorkerTask,
} from './worker-protocol.ts';

interface WorkerPoolOptions {
  /** A worker that reports nothing for so long while it has a task is stopped. */
  readonly stallMs: number;
  readonly onRows: (rows: number) => void;
}

interface Job {
  readonly task: WorkerTask;
  readonly resolve: (done: { worker: number; message: WorkerMessage }) => void;
  readonly reject: (error: TableError) => void;
}

interface Seat {
  readonly worker: Worker;
  job?: Job;
  watchdog?: NodeJS.Timeout;
}

/**
 * Worker threads that take tasks from one queue.
 *
 * The threads are the safety net around the decoder: a panic ends a thread and not the process, a loop is stopped
 * by the watchdog, and ending a thread frees its WebAssembly memory. After the first failure nothing else runs.
 */
export class WorkerPool implements TaskRunner {
  readonly #options: WorkerPoolOptions;
  readonly #seats: Seat[] = [];
  readonly #queue: Job[] = [];
  #failure: TableError | undefined;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
  }

  /** Starts threads until there are `size` or one per core; they load the decoder while the caller goes on. */
  grow(size: number): void {
    while (this.#seats.length < Math.min(size, availableParallelism()))
      this.#seats.push(this.#start(this.#seats.length));
    this.#assign();
  }

  /** Gives all threads the memory that tasks refer to. */
  share(table: SharedTable): void {
    for (const { worker } of this.#seats)
      worker.postMessage({ kind: 'share', table } satisfies WorkerRequest);
  }

  /** @returns the result and the index of the worker that decoded it, whose names the codes refer to */
  async decode(task: DecodeTask): Promise<{ worker: number; result: DecodeResult }> {
    const { worker, message } = await this.#run(task);
    if (message.kind !== 'decoded') throw new Error(`worker answered ${message.kind} to a decode task`);
    return { worker, result: message.result };
  }

  async sort(task: SortTask): Promise<void> {
    await this.#run(task);
  }

  async arrange(task: ArrangeTask): Promise<ArrangeResult> {
    const { message } = await this.#run(task);
    if (message.kind !== 'arranged') throw new Error(`worker answered ${message.kind} to an arrange task`);
    return message.result;
  }

  /** Ends all threads; tasks that are not done are rejected with `reason`. */
  async close(reason: TableError = new TableError('ABORTED', 'reading was stopped')): Promise<void> {
    this.#fail(reason);
    await Promise.all(this.#seats.map(({ worker }) => worker.terminate()));
  }

  #run(task: WorkerTask): Promise<{ worker: number; message: WorkerMessage }> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure);
      this.#queue.push({ task, resolve, reject });
      this.#assign();
    });
  }

  #start(index: number): Seat {
    // stderr: true keeps panic messages of the decoder off the user's terminal
    const worker = new Worker(new URL('./worker.js', import.meta.url), { stderr: true });
    const seat: Seat = { worker };
    worker.on('message', (message: WorkerMessage) => this.#receive(seat, index, message));
    worker.on('error', (error: Error) =>
      this.#fail(failure(seat.job?.task, 'DAMAGED', error.message, error)),
    );
    worker.on('exit', (code) =>
      this.#fail(failure(seat.job?.task, 'DAMAGED', `the decoder exited with code ${code}`)),
    );
    return seat;
  }

  #assign(): void {
    for (const seat of this.#seats) {
      if (seat.job !== undefined) continue;
      const job = this.#queue.shift();
      if (job === undefined) return;
      seat.job = job;
      if (job.task.kind === 'decode') this.#watch(seat); // sorting and hashing always end
      seat.worker.postMessage(job.task satisfies WorkerRequest);
    }
  }

  #watch(seat: Seat): void {
    clearTimeout(seat.watchdog);
    const { stallMs } = this.#options;
    const stalled = (): void =>
      this.#fail(failure(seat.job?.task, 'STALLED', `no progress for ${stallMs / 1000} s`));
    seat.watchdog = setTimeout(stalled, stallMs);
  }

  #receive(seat: Seat, worker: number, message: WorkerMessage): void {
    if (seat.job === undefined || this.#failure !== undefined) return;
    if (message.kind === 'progress') {
      this.#watch(seat);
      this.#options.onRows(message.rows);
      return;
    }
    clearTimeout(seat.watchdog);
    if (message.kind === 'failed') {
      const code = ({ damaged: 'DAMAGED', unreadable: 'UNREADABLE', 'wrong type': 'WRONG_TYPE' } as const)[
        message.reason
      ];
      this.#fail(failure(seat.job.task, code, message.message));
      return;
    }
    seat.job.resolve({ worker, message });
    delete seat.job;
    this.#assign();
  }

  #fail(error: TableError): void {
    this.#failure ??= error;
    for (const seat of this.#seats) {
      clearTimeout(seat.watchdog);
      seat.job?.reject(this.#failure);
      delete seat.job;
    }
    for (const job of this.#queue.splice(0)) job.reject(this.#failure);
  }
}

function failure(
  task: WorkerTask | undefined,
  code: 'DAMAGED' | 'STALLED' | 'UNREADABLE' | 'WRONG_TYPE',
  detail: string,
  cause?: Error,
): TableError {
  const what = task?.kind === 'decode' ? `row group ${task.rowGroup} of ${task.path}` : 'the table';
  const remedy = code === 'DAMAGED' ? '; fetch or write the file again' : '';
  return new TableError(code, `${what} cannot be decoded: ${detail}${remedy}`, { cause });
}
