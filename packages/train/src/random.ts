/**
 * Threefry-2x32, 20 rounds: a counter-based generator (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3",
 * SC 2011; the default generator of JAX). Word n of a stream is a function of (key, n) alone, so every stream can be
 * drawn anywhere, in any order, on any machine; only 32-bit integer operations are used.
 */
export const GENERATOR = 'threefry2x32-20';

/** What a stream is for; two purposes never share numbers. The order is part of the format: append only. */
const PURPOSES = ['weight-init', 'shuffle', 'dropout'] as const;
export type Purpose = (typeof PURPOSES)[number];

/** Key-schedule parity constant of Threefry (Skein's C240 truncated to 32 bits). */
const PARITY = 0x1bd11bda;

/** Words drawn at once; a multiple of 2. */
const BLOCK_WORDS = 4096;

/** The stream of uniform 32-bit words keyed by (seed, purpose, epoch). */
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
  fill(words: Uint32Array): void {
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

/** Encrypts the counters (first, epoch), (first + 1, epoch), … into `words`, two words per counter. */
export function threefry(words: Uint32Array, first: number, epoch: number, key0: number, key1: number): void {
  const key2 = PARITY ^ key0 ^ key1;
  for (let i = 0; i < words.length; i += 2) {
    let x = (first + (i >>> 1) + key0) | 0;
    let y = (epoch + key1) | 0;
    // rotations 13 15 26 6 | 17 29 16 24, a key injection after every four rounds
    x = (x + y) | 0;
    y = ((y << 13) | (y >>> 19)) ^ x;
    x = (x + y) | 0;
    y = ((y << 15) | (y >>> 17)) ^ x; // prettier-ignore
    x = (x + y) | 0;
    y = ((y << 26) | (y >>> 6)) ^ x;
    x = (x + y) | 0;
    y = ((y << 6) | (y >>> 26)) ^ x; // prettier-ignore
    x = (x + key1) | 0;
    y = (y + key2 + 1) | 0; // prettier-ignore
    x = (x + y) | 0;
    y = ((y << 17) | (y >>> 15)) ^ x;
    x = (x + y) | 0;
    y = ((y << 29) | (y >>> 3)) ^ x; // prettier-ignore
    x = (x + y) | 0;
    y = ((y << 16) | (y >>> 16)) ^ x;
    x = (x + y) | 0;
    y = ((y << 24) | (y >>> 8)) ^ x; // prettier-ignore
    x = (x + key2) | 0;
    y = (y + key0 + 2) | 0; // prettier-ignore
    x = (x + y) | 0;
    y = ((y << 13) | (y >>> 19)) ^ x;
    x = (x + y) | 0;
    y = ((y << 15) | (y >>> 17)) ^ x; // prettier-ignore
    x = (x + y) | 0;
    y = ((y << 26) | (y >>> 6)) ^ x;
    x = (x + y) | 0;
    y = ((y << 6) | (y >>> 26)) ^ x; // prettier-ignore
    x = (x + key0) | 0;
    y = (y + key1 + 3) | 0; // prettier-ignore
    x = (x + y) | 0;
    y = ((y << 17) | (y >>> 15)) ^ x;
    x = (x + y) | 0;
    y = ((y << 29) | (y >>> 3)) ^ x; // prettier-ignore
    x = (x + y) | 0;
    y = ((y << 16) | (y >>> 16)) ^ x;
    x = (x + y) | 0;
    y = ((y << 24) | (y >>> 8)) ^ x; // prettier-ignore
    x = (x + key1) | 0;
    y = (y + key2 + 4) | 0; // prettier-ignore
    x = (x + y) | 0;
    y = ((y << 13) | (y >>> 19)) ^ x;
    x = (x + y) | 0;
    y = ((y << 15) | (y >>> 17)) ^ x; // prettier-ignore
    x = (x + y) | 0;
    y = ((y << 26) | (y >>> 6)) ^ x;
    x = (x + y) | 0;
    y = ((y << 6) | (y >>> 26)) ^ x; // prettier-ignore
    words[i] = x + key2;
    words[i + 1] = y + key0 + 5;
  }
}
