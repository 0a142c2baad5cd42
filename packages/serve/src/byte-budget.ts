import { ServerError } from './errors.ts';

/**
 * A body of so many bytes is never refused for what others hold: 1024 connections with as much each are 64 MiB, and a
 * row of features stays answered while uploads fill the budget.
 */
export const SMALL_BODY = 65_536;

interface ByteBudgetOptions {
  /** Bytes that all requests together may hold. */
  readonly total: number;
  /** Milliseconds; its zero does not matter. */
  readonly now: () => number;
}

/** What one request holds. */
export interface ByteShare {
  /**
   * Bytes that have come; those that have not come are not counted, whatever a header announces.
   *
   * @throws ServerError QUEUE_FULL
   */
  add(bytes: number): void;
  /** The body is whole: the request no longer gives way to others. */
  complete(): void;
  /** Gives all bytes back; any number of times. */
  release(): void;
}

/** A body of which nothing has come for so many milliseconds gives way to one that comes. */
const STALL_MS = 2000;

/** Bytes of bodies that all requests together hold, counted as they arrive. */
export class ByteBudget {
  readonly #options: ByteBudgetOptions;
  /** Large bodies that are being received, with what ends each. */
  readonly #receiving = new Map<
    ByteShare,
    { lastMs: number; readonly giveWay: (error: ServerError) => void }
  >();
  #used = 0;

  constructor(options: ByteBudgetOptions) {
    this.#options = options;
  }

  get used(): number {
    return this.#used;
  }

  /** @param giveWay is called when the body stalls and its place is needed */
  open(giveWay: (error: ServerError) => void): ByteShare {
    let held = 0;
    let isReceiving = true;
    const share: ByteShare = {
      add: (bytes) => {
        held += bytes;
        this.#used += bytes;
        if (held > SMALL_BODY) this.#makeRoom(share, held, isReceiving ? giveWay : undefined);
      },
      complete: () => {
        isReceiving = false;
        if (held > SMALL_BODY) this.#receiving.delete(share);
      },
      release: () => {
        share.complete();
        this.#used -= held;
        held = 0;
      },
    };
    return share;
  }

  #makeRoom(share: ByteShare, held: number, giveWay: ((error: ServerError) => void) | undefined): void {
    const { total, now } = this.#options;
    const nowMs = now();
    const entry = this.#receiving.get(share);
    if (entry !== undefined) entry.lastMs = nowMs;
    else if (giveWay !== undefined) this.#receiving.set(share, { lastMs: nowMs, giveWay });
    // one request always fits, however small the budget
    if (this.#used <= total || this.#used === held) return;
    for (const [other, { lastMs, giveWay: end }] of this.#receiving) {
      if (other === share || nowMs - lastMs < STALL_MS) continue;
      other.release();
      end(
        new ServerError(
          'RECEIVE_TIMEOUT',
          `nothing of the body has come for ${STALL_MS} ms while others wait for its place; send it without pauses`,
        ),
      );
      if (this.#used <= total) return;
    }
    throw new ServerError(
      'QUEUE_FULL',
      `requests under way hold ${this.#used - held} bytes, ${held} more would pass the ${total} of this server; try again later`,
    );
  }
}
