import type { Answer } from '../answer-calls.ts';

/** Calls to a worker that answers each by its number. */
export class WorkerCalls<Request extends { readonly id: number }, Reply extends { readonly id: number }> {
  readonly #start: () => Worker;
  readonly #failure: string;
  #worker: Worker | undefined;
  readonly #waiting = new Map<number, (answer: Answer<Reply>) => void>();
  #calls = 0;

  /**
   * @param start gives the worker at the first call, and another after one has failed
   * @param failure what is said where the worker itself fails
   */
  constructor(start: () => Worker, failure: string) {
    this.#start = start;
    this.#failure = failure;
  }

  #open(): Worker {
    const worker = this.#start();
    worker.addEventListener('message', ({ data }: MessageEvent<Answer<Reply>>) => {
      this.#waiting.get(data.id)?.(data);
      this.#waiting.delete(data.id);
    });
    worker.addEventListener('error', () => {
      this.#worker = undefined;
      for (const [id, answer] of this.#waiting) answer({ id, message: this.#failure });
      this.#waiting.clear();
    });
    return worker;
  }

  /** @throws Error with the worker's message */
  call(request: Omit<Request, 'id'>): Promise<Reply> {
    const id = this.#calls++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, (answer) =>
        'message' in answer ? reject(new Error(answer.message)) : resolve(answer),
      );
      this.#worker ??= this.#open();
      this.#worker.postMessage({ ...request, id });
    });
  }

  /** Ends the worker; calls under way are not answered. */
  close(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#waiting.clear();
  }
}
