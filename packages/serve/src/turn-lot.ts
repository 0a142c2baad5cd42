import { ServerError } from './errors.ts';

/** Takes the next item of the lot, undefined when none is left. */
type NextItem<Item> = () => Item | undefined;

interface TurnLotOptions<Item> {
  /** Items that may wait; one more is refused. */
  readonly capacity: number;
  /** Never rejects. Items that it does not take are the next lot's. */
  readonly work: (next: NextItem<Item>) => Promise<void>;
}

/**
 * Collects what comes while the event loop reads its sockets and works on all of it at the end of that turn. What comes
 * while a lot is worked on makes the next one.
 */
export class TurnLot<Item> {
  readonly #options: TurnLotOptions<Item>;
  #waiting: Item[] = [];
  #isScheduled = false;

  constructor(options: TurnLotOptions<Item>) {
    this.#options = options;
  }

  /** @throws ServerError QUEUE_FULL */
  add(item: Item): void {
    const { capacity } = this.#options;
    if (this.#waiting.length >= capacity)
      throw new ServerError('QUEUE_FULL', `${capacity} requests are waiting already; try again later`);
    this.#waiting.push(item);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => void this.#work());
  }

  async #work(): Promise<void> {
    const lot = this.#waiting;
    this.#waiting = [];
    let taken = 0;
    await this.#options.work(() => lot[taken++]);
    if (taken < lot.length) this.#waiting = [...lot.slice(taken), ...this.#waiting];
    this.#isScheduled = false;
    if (this.#waiting.length > 0) this.#schedule();
  }
}
