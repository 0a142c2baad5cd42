/** A seeded source of test cases: mulberry32 (Tommy Ettinger, public domain). */
export class TestRandom {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** Uniform in [0, 1). */
  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** Uniform integer from `low` to `high`, both included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.fraction() * (high - low + 1));
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  pick<T>(items: readonly T[]): T {
    return items.at(this.integer(0, items.length - 1))!;
  }

  shuffled<T>(items: readonly T[]): T[] {
    return items
      .map((item) => [this.fraction(), item] as const)
      .sort(([a], [b]) => a - b)
      .map(([, item]) => item);
  }

  uniform(length: number, low: number, high: number): Float64Array {
    return Float64Array.from({ length }, () => low + (high - low) * this.fraction());
  }

  /** Rank 0 to `maxRank`, sizes 1 to 4. */
  shape(maxRank: number, minRank = 0): number[] {
    return Array.from({ length: this.integer(minRank, maxRank) }, () => this.integer(1, 4));
  }

  /** A shape that broadcasts to `to`: leading axes dropped, some of the rest 1. */
  broadcastable(to: readonly number[]): number[] {
    return to.slice(this.integer(0, to.length)).map((dim) => (this.chance(0.3) ? 1 : dim));
  }
}
