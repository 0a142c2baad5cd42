import { ServerError } from './errors.ts';

/** Gives out what a task needs beside its turn, such as memory. */
export interface Gate<Place> {
  /** @returns undefined as long as there is no room; `leave` gives it back */
  enter(weight: number): { readonly place: Place; leave(): void } | undefined;
  /** Called when there may be room. */
  onRoom(listener: () => void): void;
}

interface TaskQueueOptions<Place> {
  /** Tasks that run at once. */
  readonly concurrency: number;
  /** Tasks that wait; one more is refused. */
  readonly capacity: number;
  /** Milliseconds from arrival to answer. */
  readonly timeoutMs: number;
  /** Default: every task whose turn it is begins. */
  readonly gate?: Gate<Place>;
}

/**
 * Work for a `TaskQueue`, with the place that its gate gave.
 *
 * @param hasLeft tells whether the answer is still waited for: a task of several steps looks between them
 */
export type Task<T, Place> = (place: Place, hasLeft: () => boolean) => Promise<T>;

/** Weight and age of a task. */
interface Arrival {
  /** As the gate counts it; default: 0. */
  readonly weight?: number;
  /** Milliseconds of its time that are gone already; default: 0. */
  readonly waitedMs?: number;
}

interface Entered<Place> {
  readonly place: Place;
  leave(): void;
}

interface Waiting<Place> {
  readonly weight: number;
  readonly start: (entered: Entered<Place>) => void;
}

/**
 * First come, first served, within bounds: so many run, so many wait, the rest is refused at once. A client that goes away
 * while waiting makes room; one that goes away while its task runs is not answered, but keeps the place until the run
 * ends, since ONNX Runtime cannot be interrupted.
 */
export class TaskQueue<Place = undefined> {
  readonly #options: TaskQueueOptions<Place>;
  // in order of arrival, and cheap to leave from the middle
  readonly #waiting = new Set<Waiting<Place>>();
  #running = 0;

  constructor(options: TaskQueueOptions<Place>) {
    this.#options = options;
    options.gate?.onRoom(() => this.#startNext());
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * @param onGone registers what to do when the answer is waited for no more
   * @throws ServerError QUEUE_FULL | QUEUE_TIMEOUT | RUN_TIMEOUT | ABORTED, and what the task throws
   */
  submit<T>(
    task: Task<T, Place>,
    onGone: (callback: () => void) => void,
    { weight = 0, waitedMs = 0 }: Arrival = {},
  ): Promise<T> {
    const { capacity, timeoutMs } = this.#options;
    if (waitedMs >= timeoutMs) return Promise.reject(timeoutError(false, timeoutMs));
    const entered = this.#waiting.size === 0 ? this.#enter(weight) : undefined;
    if (entered === undefined && this.#waiting.size >= capacity) {
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
        const wasFirst = this.#waiting.values().next().value === waiting;
        this.#waiting.delete(waiting);
        clearTimeout(timer);
        reject(error);
        // the next may need less than the one before it
        if (wasFirst) this.#startNext();
      };
      const timeUp = (): void => leave((hasStarted) => timeoutError(hasStarted, timeoutMs));
      const timer = setTimeout(timeUp, timeoutMs - waitedMs);
      const waiting: Waiting<Place> = {
        weight,
        start: (place) => {
          state = 'running';
          const end = (): void => {
            state = 'done';
            clearTimeout(timer);
          };
          void this.#run(task, place, () => state === 'done')
            .finally(end)
            .then(resolve, reject);
        },
      };
      onGone(() => leave(() => new ServerError('ABORTED', 'the client went away')));
      if (entered === undefined) this.#waiting.add(waiting);
      else waiting.start(entered);
    });
  }

  #enter(weight: number): Entered<Place> | undefined {
    const { concurrency, gate } = this.#options;
    if (this.#running >= concurrency) return undefined;
    return gate === undefined ? (OPEN as Entered<Place>) : gate.enter(weight);
  }

  async #run<T>(task: Task<T, Place>, entered: Entered<Place>, hasLeft: () => boolean): Promise<T> {
    this.#running += 1;
    try {
      return await task(entered.place, hasLeft);
    } finally {
      this.#running -= 1;
      entered.leave();
      this.#startNext();
    }
  }

  #startNext(): void {
    for (const next of this.#waiting) {
      const entered = this.#enter(next.weight);
      if (entered === undefined) return;
      this.#waiting.delete(next);
      next.start(entered);
    }
  }
}

/** The way in where there is no gate. */
const OPEN: Entered<undefined> = { place: undefined, leave: () => undefined };

function timeoutError(hasStarted: boolean, timeoutMs: number): ServerError {
  return hasStarted
    ? new ServerError('RUN_TIMEOUT', `the model did not answer within ${timeoutMs} ms`)
    : new ServerError(
        'QUEUE_TIMEOUT',
        `the request waited ${timeoutMs} ms without its turn; try again later`,
      );
}
