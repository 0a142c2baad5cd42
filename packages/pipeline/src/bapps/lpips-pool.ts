import { Worker } from 'node:worker_threads';
import { PipelineError } from '../errors.ts';
import type { PackedComparisons } from './lpips-run.ts';
import type { WorkerReply, WorkerRequest, WorkerSettings } from './lpips-worker.ts';

/** Sessions of one LPIPS model, each in a thread of its own, that take requests in turn. */
export class LpipsPool {
  readonly #threads: readonly LpipsThread[];
  #turn = 0;

  constructor(settings: WorkerSettings, size: number) {
    this.#threads = Array.from({ length: size }, () => new LpipsThread(settings));
  }

  /** Distances of all distorted patches. @throws PipelineError RUN_FAILED */
  run(comparisons: PackedComparisons): Promise<Float32Array> {
    return (this.#threads[this.#turn++ % this.#threads.length] as LpipsThread).run(comparisons);
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.end()));
  }
}

interface Call {
  resolve(distances: Float32Array): void;
  reject(error: Error): void;
}

class LpipsThread {
  readonly #worker: Worker;
  readonly #calls = new Map<number, Call>();
  #count = 0;
  #failure: Error | undefined;

  constructor(settings: WorkerSettings) {
    this.#worker = new Worker(new URL('./lpips-worker.js', import.meta.url), { workerData: settings });
    this.#worker.on('message', (reply: WorkerReply) => this.#receive(reply));
    this.#worker.on('error', (error) => this.#fail(error.message));
    this.#worker.on('exit', (code) => this.#fail(`its thread ended with code ${code}`));
  }

  run({ pixels, counts }: PackedComparisons): Promise<Float32Array> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const request: WorkerRequest = { id: this.#count++, pixels, counts };
    return new Promise((resolve, reject) => {
      this.#calls.set(request.id, { resolve, reject });
      this.#worker.postMessage(request, [pixels.buffer]);
    });
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #receive(reply: WorkerReply): void {
    const call = this.#calls.get(reply.id);
    this.#calls.delete(reply.id);
    if ('failure' in reply) call?.reject(failed(reply.failure));
    else call?.resolve(reply.distances);
  }

  #fail(reason: string): void {
    this.#failure ??= failed(reason);
    for (const call of this.#calls.values()) call.reject(this.#failure);
    this.#calls.clear();
  }
}

function failed(reason: string): PipelineError {
  return new PipelineError('RUN_FAILED', `the LPIPS model did not run: ${reason}`);
}
