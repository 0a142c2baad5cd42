import { threefry } from './threefry.ts';

/** Name of the generator (threefry.ts), recorded in documents. */
export const GENERATOR = 'threefry2x32-20';

/** Purposes of streams; two purposes never share numbers. The order is part of the format: append only. */
const PURPOSES = [
  'weight-init',
  'shuffle',
  'dropout',
  'trunk-init',
  'bootstrap',
  'drawing',
  'probes',
] as const;
type Purpose = (typeof PURPOSES)[number];

/** Words drawn at once; a multiple of 2. */
const BLOCK_WORDS = 4096;

/**
 * The stream of uniform 32-bit words keyed by (seed, purpose, epoch). Word n of a stream is a function of its key and n
 * alone, so every stream can be drawn anywhere, in any order, on any machine.
 */
export class RandomStream {
  readonly #key0: number;
  readonly #key1: number;
  readonly #epoch: number;
  readonly #block = new Uint32Array(BLOCK_WORDS);
  #counter = 0;
  #next = BLOCK_WORDS;

  /** @param seed an unsigned 32-bit integer */
  constructor(seed: number, purpose: Purpose, epoch: number) {
    this.#key0 = seed | 0;
    this.#key1 = PURPOSES.indexOf(purpose);
    this.#epoch = epoch;
  }

  /** The next word of the stream, uniform over [0, 2^32). */
  word(): number {
    if (this.#next === BLOCK_WORDS) {
      threefry(this.#block, this.#counter, this.#epoch, this.#key0, this.#key1);
      this.#counter += BLOCK_WORDS / 2;
      this.#next = 0;
    }
    return this.#block[this.#next++] as number;
  }

  /** Fills `words` with the next words of the stream. Do not mix with `word` on one stream: this takes whole blocks. */
  drawInto(words: Uint32Array): void {
    threefry(words, this.#counter, this.#epoch, this.#key0, this.#key1);
    this.#counter += Math.ceil(words.length / 2);
  }

  /** A uniform integer in [0, bound), without modulo bias. */
  below(bound: number): number {
    const limit = 2 ** 32 - (2 ** 32 % bound);
    let word = this.word();
    while (word >= limit) word = this.word();
    return word % bound;
  }

  /** A uniform multiple of 2^-24 in [0, 1). */
  fraction(): number {
    return (this.word() >>> 8) / 0x1000000;
  }
}

/**
 * The row order of one epoch: Fisher–Yates from the last place down.
 * @param order row indices, permuted in place
 */
export function shuffle(order: Uint32Array, random: RandomStream): void {
  for (let last = order.length - 1; last > 0; last--) {
    const pick = random.below(last + 1);
    const swapped = order[last] as number;
    order[last] = order[pick] as number;
    order[pick] = swapped;
  }
}
