import { Worker } from 'node:worker_threads';
import { STOP, type ThreadReply, type ThreadRequest } from './thread-messages.ts';

interface ThreadPoolOptions {
  /** Script of a thread, which calls `answerRequests`. */
  readonly script: URL;
  readonly workerData?: unknown;
  readonly size: number;
  /** What a caller gets when a request fails, or the thread. */
  readonly failed: (reason: string) => Error;
}

/** Threads that take requests in turn, each as many as it is given. */
export class ThreadPool<Request, Reply> {
  readonly #threads: readonly Thread<Request, Reply>[];
  #turn = 0;

  constructor(options: ThreadPoolOptions) {
    this.#threads = Array.from({ length: options.size }, () => new Thread(options));
  }

  /** @param transfer buffers of the request that the caller gives away */
  run(request: Request, transfer: readonly ArrayBuffer[] = []): Promise<Reply> {
    const thread = this.#threads[this.#turn++ % this.#threads.length] as Thread<Request, Reply>;
    return thread.run(request, transfer);
  }

  /** Ends all threads; what they had to do is lost and rejects. */
  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.end()));
  }
}

interface Call<Reply> {
  resolve(reply: Reply): void;
  reject(error: Error): void;
}

class Thread<Request, Reply> {
  readonly #worker: Worker;
  readonly #calls = new Map<number, Call<Reply>>();
  readonly #failed: (reason: string) => Error;
  readonly #ended: Promise<void>;
  #count = 0;
  #failure: Error | undefined;

  constructor({ script, workerData, failed }: ThreadPoolOptions) {
    this.#failed = failed;
    this.#worker = new Worker(script, { workerData });
    this.#worker.on('message', (reply: ThreadReply<Reply>) => this.#receive(reply));
    this.#worker.on('error', (error) => this.#fail(error.message));
    this.#ended = new Promise((resolve) => {
      this.#worker.on('exit', (code) => {
        this.#fail(`its thread ended with code ${code}`);
        resolve();
      });
    });
  }

  run(content: Request, transfer: readonly ArrayBuffer[]): Promise<Reply> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const request: ThreadRequest<Request> = { id: this.#count++, content };
    return new Promise((resolve, reject) => {
      this.#calls.set(request.id, { resolve, reject });
      this.#worker.postMessage(request, transfer);
    });
  }

  /** onnxruntime-node aborts the process when its thread is terminated within a call: it stops between two. */
  async end(): Promise<void> {
    this.#worker.postMessage(STOP);
    await this.#ended;
  }

  #receive(reply: ThreadReply<Reply>): void {
    const call = this.#calls.get(reply.id);
    this.#calls.delete(reply.id);
    if ('failure' in reply) call?.reject(this.#failed(reply.failure));
    else call?.resolve(reply.content);
  }

  #fail(reason: string): void {
    this.#failure ??= this.#failed(reason);
    for (const call of this.#calls.values()) call.reject(this.#failure);
    this.#calls.clear();
  }
}
