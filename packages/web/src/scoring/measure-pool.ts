import {
  type FeatureOptions,
  FeaturesError,
  type FeaturesErrorCode,
  type MeasuredFrame,
} from '@vqforge/features';
import { startFromWorker } from '../start-worker.ts';
import type { MeasureAnswer, MeasureRequest } from './measure-calls.ts';

/** Requests that each thread has at once: one under way and one that waits. */
const REQUESTS_PER_THREAD = 2;

interface Thread {
  readonly worker: Worker;
  /** Those under way, in the order in which they are answered. */
  readonly waiting: {
    resolve(frames: readonly MeasuredFrame[]): void;
    reject(error: unknown): void;
  }[];
}

/** Threads that measure, and the memory of frames that goes round between them and the reader. */
export class MeasurePool {
  /** Requests that may be under way at once. */
  readonly ahead: number;
  readonly #options: FeatureOptions;
  readonly #threads: readonly Thread[];
  readonly #memory: ArrayBufferLike[] = [];

  constructor(threads: number, options: FeatureOptions) {
    this.#options = options;
    this.ahead = threads * REQUESTS_PER_THREAD;
    this.#threads = Array.from({ length: threads }, () => this.#start());
  }

  /** Memory of so many bytes for the next frame: what a thread is done with, or new. */
  readonly allocate = (bytes: number): ArrayBufferLike => {
    const at = this.#memory.findIndex(({ byteLength }) => byteLength === bytes);
    return at < 0 ? new ArrayBuffer(bytes) : (this.#memory.splice(at, 1)[0] as ArrayBufferLike);
  };

  /** @throws FeaturesError of a frame that cannot be measured */
  measure(request: Omit<MeasureRequest, 'options'>): Promise<readonly MeasuredFrame[]> {
    const thread = this.#threads.reduce((least, each) =>
      each.waiting.length < least.waiting.length ? each : least,
    );
    const memory = request.frames.flatMap(({ luma }) => luma.map(({ buffer }) => buffer as ArrayBuffer));
    return new Promise((resolve, reject) => {
      thread.waiting.push({ resolve, reject });
      thread.worker.postMessage({ ...request, options: this.#options } satisfies MeasureRequest, memory);
    });
  }

  close(): void {
    for (const { worker } of this.#threads) worker.terminate();
  }

  #start(): Thread {
    const worker = startFromWorker('measure');
    const thread: Thread = { worker, waiting: [] };
    worker.addEventListener('message', ({ data }: MessageEvent<MeasureAnswer>) => {
      const call = thread.waiting.shift();
      if ('frames' in data) {
        this.#memory.push(...data.memory);
        call?.resolve(data.frames);
      } else call?.reject(new FeaturesError(data.code as FeaturesErrorCode, data.message));
    });
    worker.addEventListener('error', ({ message }) => {
      const error = new FeaturesError('WORKER_FAILED', `a thread that measures failed: ${message}`);
      for (const call of thread.waiting.splice(0)) call.reject(error);
    });
    return thread;
  }
}
