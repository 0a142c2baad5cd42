/** What a worker answers to a call: what was wanted, or why there is none. */
type Answer<Reply> = Reply | { readonly id: number; readonly message: string };

/** Calls to a worker that answers each by its number. */
export class WorkerCalls<Request extends { readonly id: number }, Reply extends { readonly id: number }> {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, (answer: Answer<Reply>) => void>();
  #calls = 0;

  /** @param failure what is said where the worker itself fails */
  constructor(worker: Worker, failure: string) {
    this.#worker = worker;
    worker.addEventListener('message', ({ data }: MessageEvent<Answer<Reply>>) => {
      this.#waiting.get(data.id)?.(data);
      this.#waiting.delete(data.id);
    });
    worker.addEventListener('error', () => {
      for (const [id, answer] of this.#waiting) answer({ id, message: failure });
      this.#waiting.clear();
    });
  }

  /** @throws Error with the worker's message */
  call(request: Omit<Request, 'id'>): Promise<Reply> {
    const id = this.#calls++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, (answer) =>
        'message' in answer ? reject(new Error(answer.message)) : resolve(answer),
      );
      this.#worker.postMessage({ ...request, id });
    });
  }

  /** Ends the worker; calls under way are not answered. */
  close(): void {
    this.#worker.terminate();
    this.#waiting.clear();
  }
}
