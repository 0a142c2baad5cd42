import { ServerError } from './errors.ts';

/** Bytes that all requests together may hold. */
export class ByteBudget {
  readonly #total: number;
  #used = 0;

  constructor(total: number) {
    this.#total = total;
  }

  get used(): number {
    return this.#used;
  }

  /**
   * @returns gives the bytes back
   * @throws ServerError QUEUE_FULL
   */
  take(bytes: number): () => void {
    // one request always fits, however small the budget
    if (this.#used > 0 && this.#used + bytes > this.#total) {
      throw new ServerError(
        'QUEUE_FULL',
        `requests under way hold ${this.#used} bytes, ${bytes} more would pass the ${this.#total} of this server; try again later`,
      );
    }
    this.#used += bytes;
    return () => {
      this.#used -= bytes;
    };
  }
}
