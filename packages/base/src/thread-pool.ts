import { PoolThread } from './pool-thread.ts';
import type { ThreadCalls, ThrownError } from './pool-worker.ts';

/** How a `ThreadPool` starts, watches and ends its threads. */
export interface ThreadPoolOptions {
  /** Module that runs `answerCalls`, as JavaScript: `new URL('./frame-worker.js', import.meta.url)`. */
  readonly script: URL;
  /** Given to the `start` function of `answerCalls` in each thread; copied. */
  readonly setup?: unknown;
  /** Threads to start at once; `grow` starts more. */
  readonly size: number;
  /**
   * Calls that a thread is sent before it has answered the first of them; default 1. More of them hide the time that
   * messages take where calls are short.
   */
  readonly callsPerThread?: number;
  /**
   * How threads end. `at once`: terminated, whatever they do. `between calls`: each ends itself after the call that it
   * is in. onnxruntime-node aborts the whole process when a thread is terminated inside a native run.
   */
  readonly ending: 'at once' | 'between calls';
  /**
   * With true, a call that throws rejects that call alone. Default false: the first call that throws ends the pool, and
   * all other calls are rejected with its error.
   */
  readonly isolatesFailures?: boolean;
  /** A call whose `progress` does not grow for so many milliseconds ends the pool as stalled; default: no limit. */
  readonly stallMs?: number;
  /** Keep what threads print to stderr off the terminal; default false. */
  readonly dropsStderr?: boolean;
  /** Closes the pool when it aborts. */
  readonly signal?: AbortSignal;
  /** Makes the error that callers get, in the words and codes of the package that owns the pool. */
  readonly toError: (failure: ThreadFailure) => Error;
}

/** Why a call was rejected. */
export type ThreadFailure =
  /** The call's handler threw. */
  | ({ readonly kind: 'threw'; readonly call: FailedCall } & ThrownError)
  /** The thread ended by itself; `call` is what it was doing. */
  | { readonly kind: 'died'; readonly message: string; readonly call?: FailedCall; readonly cause?: Error }
  /** The call's progress did not grow within `stallMs`. */
  | { readonly kind: 'stalled'; readonly message: string; readonly call: FailedCall }
  /** The pool was closed, or its signal aborted. */
  | { readonly kind: 'closed'; readonly message: string; readonly cause?: unknown };

interface FailedCall {
  readonly name: string;
  readonly request: unknown;
}

/** How one call is run. */
export interface RunOptions {
  /** Buffers of the request that move to the thread instead of being copied. */
  readonly transfer?: readonly ArrayBuffer[];
  readonly onProgress?: (done: number) => void;
  /** Before all calls that wait; default: after them. */
  readonly first?: boolean;
  /** Instead of the pool's `stallMs`; Infinity for a call that reports no progress and always ends. */
  readonly stallMs?: number;
}

/** A call on its way, with its caller's promise. */
export interface PooledCall extends FailedCall, RunOptions {
  readonly resolve: (reply: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Worker threads that answer calls from one queue, in the order of the queue. The threads load their module at once and
 * keep the process alive only while they have a call. A thread that dies or stalls ends the pool: the first failure
 * rejects every call under way, every call that waits and every later one.
 *
 * For back-pressure and results in order, give the calls out through `inOrder`.
 *
 * @example
 * interface FrameCalls { mean: { request: Uint8Array; reply: number } }
 * const pool = new ThreadPool<FrameCalls>({ script, size: 2, ending: 'at once', toError: ({ message }) => new Error(message) });
 * for await (const mean of inOrder(frames, 4, (frame) => pool.run('mean', frame))) console.log(mean);
 * await pool.close();
 */
export class ThreadPool<Calls extends ThreadCalls<Calls>> {
  readonly #options: ThreadPoolOptions;
  readonly #threads: PoolThread[] = [];
  readonly #waiting: PooledCall[] = [];
  readonly #abort: () => void;
  #failure: Error | undefined;

  constructor(options: ThreadPoolOptions) {
    this.#options = options;
    const { signal } = options;
    this.#abort = () =>
      this.#fail({ kind: 'closed', message: 'the work was aborted', cause: signal?.reason });
    if (signal?.aborted === true) this.#abort();
    else signal?.addEventListener('abort', this.#abort, { once: true });
    this.grow(options.size);
  }

  /** Starts threads until there are `size`, unless the pool has ended. */
  grow(size: number): void {
    while (this.#failure === undefined && this.#threads.length < size)
      this.#threads.push(
        new PoolThread(this.#options, {
          failed: (failure) => this.#fail(failure),
          ready: () => this.#assign(),
        }),
      );
    this.#assign();
  }

  /** Has one thread answer a call. @throws what the pool's `toError` makes of the failure */
  run<Name extends keyof Calls & string>(
    name: Name,
    request: Calls[Name]['request'],
    options: RunOptions = {},
  ): Promise<Calls[Name]['reply']> {
    return this.#start(
      (call) => {
        if (options.first === true) this.#waiting.unshift(call);
        else this.#waiting.push(call);
        this.#assign();
      },
      { name, request, ...options },
    );
  }

  /** Has every thread that is running now answer a call, before the calls that wait. @throws as `run` */
  async runOnAll<Name extends keyof Calls & string>(
    name: Name,
    request: Calls[Name]['request'],
  ): Promise<Calls[Name]['reply'][]> {
    return Promise.all(
      this.#threads.map((thread) => this.#start((call) => thread.take(call), { name, request })),
    );
  }

  /** Ends all threads and waits until they have ended; calls without an answer are rejected as `closed`. */
  async close(): Promise<void> {
    this.#fail({ kind: 'closed', message: 'the work was stopped' });
    await Promise.all(this.#threads.map((thread) => thread.end()));
  }

  #start<Reply>(give: (call: PooledCall) => void, call: FailedCall & RunOptions): Promise<Reply> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) reject(this.#failure);
      else give({ ...call, resolve: (reply) => resolve(reply as Reply), reject });
    });
  }

  /** Gives calls that wait to the threads that have the fewest. */
  #assign(): void {
    const { callsPerThread = 1 } = this.#options;
    while (this.#waiting.length > 0) {
      const least = Math.min(...this.#threads.map(({ calls }) => calls));
      if (least >= callsPerThread) return;
      const thread = this.#threads.find(({ calls }) => calls === least);
      thread?.take(this.#waiting.shift() as PooledCall);
    }
  }

  #fail(failure: ThreadFailure): void {
    if (this.#failure !== undefined) return;
    this.#failure = this.#options.toError(failure);
    this.#options.signal?.removeEventListener('abort', this.#abort);
    for (const call of this.#waiting.splice(0)) call.reject(this.#failure);
    for (const thread of this.#threads) {
      thread.drop(this.#failure);
      void thread.end();
    }
  }
}
