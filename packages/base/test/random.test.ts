import { describe, expect, test } from 'vitest';
import { RandomStream, shuffle } from '../src/random.ts';
import { threefry } from '../src/threefry.ts';
import { binomialDeviations, chiSquareUniform, histogram } from '../../../testing/chi-square.ts';

const hex = (words: Uint32Array): string[] => Array.from(words, (word) => word.toString(16).padStart(8, '0'));

describe('threefry2x32, 20 rounds', () => {
  // Random123 1.14, tests/kat_vectors: "threefry2x32 20 ctr0 ctr1 key0 key1 expected0 expected1"
  test.each([
    [
      [0, 0],
      [0, 0],
      ['6b200159', '99ba4efe'],
    ],
    [
      [0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      ['1cb996fc', 'bb002be7'],
    ],
    [
      [0x243f6a88, 0x85a308d3],
      [0x13198a2e, 0x03707344],
      ['c4923a9c', '483df7a0'],
    ],
  ] as const)('counter %j under key %j', ([counter, epoch], [key0, key1], expected) => {
    const words = new Uint32Array(2);
    threefry(words, counter, epoch, key0, key1);
    expect(hex(words)).toEqual(expected);
  });

  test('word 2n and 2n + 1 belong to counter first + n', () => {
    const words = new Uint32Array(10);
    threefry(words, 7, 3, 1, 2);
    for (let n = 0; n < 5; n++) {
      const alone = new Uint32Array(2);
      threefry(alone, 7 + n, 3, 1, 2);
      expect(words.slice(2 * n, 2 * n + 2)).toEqual(alone);
    }
  });

  test('an odd number of words stays within its array', () => {
    const buffer = new Uint32Array(8).fill(0xdeadbeef);
    threefry(buffer.subarray(0, 5), 0, 0, 0, 0);
    expect([...buffer.subarray(5)]).toEqual([0xdeadbeef, 0xdeadbeef, 0xdeadbeef]);
  });

  test('the counter wraps at 2^32', () => {
    const [wrapped, first] = [new Uint32Array(4), new Uint32Array(2)];
    threefry(wrapped, 0xffffffff, 0, 5, 0);
    threefry(first, 0, 0, 5, 0);
    expect(wrapped.slice(2)).toEqual(first);
  });
});

describe('RandomStream', () => {
  test('seed, purpose and epoch are key and counter', () => {
    expect(new RandomStream(0, 'weight-init', 0).word()).toBe(0x6b200159);
    const words = new Uint32Array(2);
    threefry(words, 0, 9, 0xffffffff, 2);
    expect(new RandomStream(0xffffffff, 'dropout', 9).word()).toBe(words[0]);
  });

  test('gives the same words one by one and by blocks, over several blocks', () => {
    const one = new RandomStream(3, 'shuffle', 1);
    const blocks = new RandomStream(3, 'shuffle', 1);
    const words = Uint32Array.from({ length: 10_000 }, () => one.word());
    const filled = new Uint32Array(10_000);
    blocks.drawInto(filled.subarray(0, 6));
    blocks.drawInto(filled.subarray(6, 4098));
    blocks.drawInto(filled.subarray(4098));
    expect(filled).toEqual(words);
  });

  test('streams of other seeds, purposes and epochs share no counter', () => {
    const streams = [0, 1, 2, 0x80000000, 0xffffffff].flatMap((seed) =>
      (['weight-init', 'shuffle', 'dropout'] as const).flatMap((purpose) =>
        [0, 1, 2, 29].map((epoch) => new RandomStream(seed, purpose, epoch)),
      ),
    );
    const pairs = new Set<bigint>();
    for (const stream of streams) {
      const words = new Uint32Array(2000);
      stream.drawInto(words);
      for (const pair of new BigUint64Array(words.buffer)) pairs.add(pair);
    }
    // 60,000 of 2^64: one equal pair by chance has probability 1e-10
    expect(pairs.size).toBe(streams.length * 1000);
  });

  test('streams are not correlated', () => {
    const n = 20_000;
    const draw = (seed: number, purpose: 'shuffle' | 'dropout', epoch: number): Float64Array => {
      const stream = new RandomStream(seed, purpose, epoch);
      return Float64Array.from({ length: n }, () => stream.fraction() - 0.5);
    };
    const streams = [
      draw(0, 'shuffle', 0),
      draw(0, 'shuffle', 1),
      draw(0, 'dropout', 0),
      draw(1, 'shuffle', 0),
    ];
    const correlations = streams.flatMap((x, j) =>
      streams.slice(0, j).map((y) => 12 * (x.reduce((sum, value, i) => sum + value * y.at(i)!, 0) / n)),
    );
    expect(correlations).toHaveLength(6);
    // each is about normal with deviation 1/√n
    expect(Math.max(...correlations.map(Math.abs)) * Math.sqrt(n)).toBeLessThan(5);
  });

  test('every bit is 1 half of the time', () => {
    const words = new Uint32Array(100_000);
    new RandomStream(11, 'dropout', 0).drawInto(words);
    for (let bit = 0; bit < 32; bit++) {
      const ones = words.reduce((sum, word) => sum + ((word >>> bit) & 1), 0);
      expect(binomialDeviations(ones, words.length, 0.5)).toBeLessThan(5);
    }
  });

  test('fraction is a multiple of 2^-24 in [0, 1)', () => {
    const stream = new RandomStream(1, 'weight-init', 0);
    const drawn = Array.from({ length: 100_000 }, () => stream.fraction());
    expect(drawn.every((x) => x >= 0 && x < 1 && Number.isInteger(x * 2 ** 24))).toBe(true);
    // df 63
    expect(
      chiSquareUniform(
        histogram(
          64,
          drawn.map((x) => Math.floor(x * 64)),
        ),
      ),
    ).toBeLessThan(131.3);
  });
});

describe('below', () => {
  // bound, and the quantile for bound − 1 degrees of freedom
  test.each([
    [2, 23.9],
    [3, 27.6],
    [7, 38.2],
    [100, 180.7],
  ])('%d is uniform', (bound, quantile) => {
    const stream = new RandomStream(bound, 'shuffle', 0);
    const drawn = Array.from({ length: 100_000 }, () => stream.below(bound));
    expect(chiSquareUniform(histogram(bound, drawn))).toBeLessThan(quantile);
  });

  test('a bound that does not divide 2^32 has no modulo bias', () => {
    // 2^32 mod 3·2^30 = 2^30: without rejection the lowest third would come half of the time
    const bound = 3 * 2 ** 30;
    const stream = new RandomStream(2, 'shuffle', 0);
    const drawn = Array.from({ length: 30_000 }, () => stream.below(bound));
    expect(Math.max(...drawn)).toBeLessThan(bound);
    expect(binomialDeviations(drawn.filter((x) => x < 2 ** 30).length, 30_000, 1 / 3)).toBeLessThan(5);
  });

  test('1 is always 0, 2^32 is any word', () => {
    const stream = new RandomStream(2, 'shuffle', 0);
    expect(Array.from({ length: 10 }, () => stream.below(1))).toEqual(Array.from({ length: 10 }, () => 0));
    const words = new RandomStream(4, 'shuffle', 0);
    const expected = words.word();
    expect(new RandomStream(4, 'shuffle', 0).below(2 ** 32)).toBe(expected);
  });
});

describe('shuffle', () => {
  test.each([0, 1, 2, 3, 255, 10_000])('%d places: a permutation', (length) => {
    const order = Uint32Array.from({ length }, (_, i) => i);
    shuffle(order, new RandomStream(1, 'shuffle', 0));
    expect(order.toSorted()).toEqual(Uint32Array.from({ length }, (_, i) => i));
  });

  test('moves most of a long order', () => {
    const order = Uint32Array.from({ length: 1000 }, (_, i) => i);
    shuffle(order, new RandomStream(1, 'shuffle', 0));
    // the number of fixed points is Poisson with mean 1
    expect(order.filter((value, place) => value === place).length).toBeLessThan(10);
  });

  test('every order of four is equally likely', () => {
    const stream = new RandomStream(6, 'shuffle', 0);
    const counts = new Map<string, number>();
    for (let i = 0; i < 48_000; i++) {
      const order = Uint32Array.of(0, 1, 2, 3);
      shuffle(order, stream);
      counts.set(order.join(), (counts.get(order.join()) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    // df 23
    expect(chiSquareUniform([...counts.values()])).toBeLessThan(70.5);
  });

  test('every place of ten receives every value equally often', () => {
    const stream = new RandomStream(8, 'shuffle', 0);
    const cells = Array.from({ length: 20_000 }, () => {
      const order = Uint32Array.from({ length: 10 }, (_, i) => i);
      shuffle(order, stream);
      return Array.from(order, (value, place) => place * 10 + value);
    });
    // ten multinomials of 9 degrees of freedom each, tied together: at most df 90
    expect(chiSquareUniform(histogram(100, cells.flat()))).toBeLessThan(168.7);
  });
});
