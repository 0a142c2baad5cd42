import { SHARE_ENV, Worker } from 'node:worker_threads';
import { STOP, type ThreadAnswer } from './pool-worker.ts';
import type { PooledCall, ThreadFailure, ThreadPoolOptions } from './thread-pool.ts';

interface ThreadEvents {
  /** Something that ends the whole pool. */
  readonly failed: (failure: ThreadFailure) => void;
  /** The thread may take another call. */
  readonly ready: () => void;
}

/** One thread of a `ThreadPool`, with the calls that it was sent. */
export class PoolThread {
  readonly #options: ThreadPoolOptions;
  readonly #events: ThreadEvents;
  readonly #worker: Worker;
  readonly #exited: Promise<void>;
  /** In the order in which the thread works on them. */
  readonly #calls = new Map<number, PooledCall>();
  #sent = 0;
  /** Progress of the first call. */
  #done = 0;
  #watchdog: NodeJS.Timeout | undefined;
  #ending: Promise<void> | undefined;
  #isStalled = false;

  constructor(options: ThreadPoolOptions, events: ThreadEvents) {
    this.#options = options;
    this.#events = events;
    this.#worker = new Worker(options.script, {
      workerData: options.setup,
      // the flags of a program given as text (--input-type) would be for its threads too, which then do not start
      execArgv: [],
      // what a thread sets must reach native libraries, which read the environment of the process
      env: SHARE_ENV,
      stderr: options.dropsStderr === true,
    });
    if (options.dropsStderr === true) this.#worker.stderr.resume();
    this.#worker.on('message', (answer: ThreadAnswer) => this.#receive(answer));
    this.#worker.on('messageerror', (cause) =>
      this.#died(`an answer cannot be read: ${cause.message}`, cause),
    );
    this.#worker.on('error', (cause) => this.#died(cause.message, cause));
    this.#exited = new Promise((resolve) => {
      this.#worker.on('exit', (code) => {
        this.#died(`the thread ended with code ${code}`);
        resolve();
      });
    });
    this.#worker.unref();
  }

  /** Calls without an answer. */
  get calls(): number {
    return this.#calls.size;
  }

  take(call: PooledCall): void {
    const id = this.#sent++;
    const { name, request, transfer = [] } = call;
    try {
      this.#worker.postMessage({ id, name, request }, transfer);
    } catch (error) {
      // the request holds something that cannot be copied
      call.reject(error as Error);
      return;
    }
    this.#calls.set(id, call);
    if (this.#calls.size > 1) return;
    this.#worker.ref();
    this.#watch();
  }

  /** Rejects all calls. */
  drop(error: Error): void {
    clearTimeout(this.#watchdog);
    for (const call of this.#calls.values()) call.reject(error);
    this.#calls.clear();
  }

  /** A thread that stalled in a call which may not be interrupted is not waited for. */
  end(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  async #end(): Promise<void> {
    if (this.#options.ending === 'at once') await this.#worker.terminate();
    else {
      this.#worker.postMessage(STOP);
      if (this.#isStalled) this.#worker.unref();
      else {
        this.#worker.ref();
        await this.#exited;
      }
    }
  }

  #receive(answer: ThreadAnswer): void {
    const call = this.#calls.get(answer.id);
    // a call that was dropped may still be answered
    if (call === undefined) return;
    if ('done' in answer) {
      if (answer.done > this.#done) this.#watch(answer.done);
      call.onProgress?.(answer.done);
      return;
    }
    if ('thrown' in answer) {
      const failure: ThreadFailure = { kind: 'threw', call, ...answer.thrown };
      if (this.#options.isolatesFailures !== true) return this.#events.failed(failure);
      call.reject(this.#options.toError(failure));
    } else call.resolve(answer.reply);
    this.#calls.delete(answer.id);
    if (this.#calls.size > 0) this.#watch();
    else {
      clearTimeout(this.#watchdog);
      this.#worker.unref();
    }
    this.#events.ready();
  }

  /** Counts from now for the first call. */
  #watch(done = 0): void {
    clearTimeout(this.#watchdog);
    this.#done = done;
    const [call] = this.#calls.values();
    const stallMs = call?.stallMs ?? this.#options.stallMs ?? Infinity;
    if (call === undefined || stallMs === Infinity) return;
    const stalled = (): void => {
      this.#isStalled = true;
      this.#events.failed({ kind: 'stalled', message: `no progress for ${stallMs / 1000} s`, call });
    };
    this.#watchdog = setTimeout(() => {
      // where it was the pool's own thread that was busy, the answers of this one come in first, and count anew
      const watchdog = this.#watchdog;
      setImmediate(() => {
        if (watchdog === this.#watchdog && this.#calls.size > 0) stalled();
      });
    }, stallMs);
  }

  #died(message: string, cause?: Error): void {
    const [call] = this.#calls.values();
    this.#events.failed({ kind: 'died', message, ...(call && { call }), ...(cause && { cause }) });
  }
}
