import { ServerError } from './errors.ts';

interface TaskQueueOptions {
  /** Tasks that run at once. */
  readonly concurrency: number;
  /** Tasks that wait; one more is refused. */
  readonly capacity: number;
  /** From arrival to answer, in milliseconds. */
  readonly timeoutMs: number;
}

interface Waiting {
  readonly start: () => void;
}

/**
 * First come, first served, within bounds: so many run, so many wait, the rest is refused at once. Whoever goes away
 * while waiting makes room; who goes away while running is not answered, but keeps the place until the run ends, since
 * ONNX Runtime cannot be interrupted.
 */
export class TaskQueue {
  readonly #options: TaskQueueOptions;
  // in order of arrival, and cheap to leave from the middle
  readonly #waiting = new Set<Waiting>();
  #running = 0;

  constructor(options: TaskQueueOptions) {
    this.#options = options;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * @param onGone registers what to do when nobody waits for the answer any more
   * @throws ServerError QUEUE_FULL | QUEUE_TIMEOUT | RUN_TIMEOUT | ABORTED, and what the task throws
   */
  submit<T>(task: () => Promise<T>, onGone: (callback: () => void) => void): Promise<T> {
    const { concurrency, capacity, timeoutMs } = this.#options;
    const mustWait = this.#running >= concurrency;
    if (mustWait && this.#waiting.size >= capacity) {
      return Promise.reject(
        new ServerError('QUEUE_FULL', `${capacity} requests are waiting already; try again later`),
      );
    }
    return new Promise<T>((resolve, reject) => {
      let state: 'waiting' | 'running' | 'done' = 'waiting';
      const leave = (errorOf: (hasStarted: boolean) => ServerError): void => {
        if (state === 'done') return;
        const error = errorOf(state === 'running');
        state = 'done';
        this.#waiting.delete(place);
        clearTimeout(timer);
        reject(error);
      };
      const timer = setTimeout(() => leave((hasStarted) => timeoutError(hasStarted, timeoutMs)), timeoutMs);
      const place: Waiting = {
        start: () => {
          state = 'running';
          const end = (): void => {
            state = 'done';
            clearTimeout(timer);
          };
          void this.#run(task).finally(end).then(resolve, reject);
        },
      };
      onGone(() => leave(() => new ServerError('ABORTED', 'the client went away')));
      if (mustWait) this.#waiting.add(place);
      else place.start();
    });
  }

  async #run<T>(task: () => Promise<T>): Promise<T> {
    this.#running += 1;
    try {
      return await task();
    } finally {
      this.#running -= 1;
      this.#startNext();
    }
  }

  #startNext(): void {
    const [next] = this.#waiting;
    if (next === undefined || this.#running >= this.#options.concurrency) return;
    this.#waiting.delete(next);
    next.start();
  }
}

function timeoutError(hasStarted: boolean, timeoutMs: number): ServerError {
  return hasStarted
    ? new ServerError('RUN_TIMEOUT', `the model did not answer within ${timeoutMs} ms`)
    : new ServerError(
        'QUEUE_TIMEOUT',
        `the request waited ${timeoutMs} ms without its turn; try again later`,
      );
}
