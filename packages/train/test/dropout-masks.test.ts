import { describe, expect, test } from 'vitest';
import { DropoutMasks } from '../src/dropout-masks.ts';
import { RandomStream } from '@vqforge/base';
import { binomialDeviations, chiSquare, histogram } from '../../../testing/chi-square.ts';

const SIZE = 2 ** 18;
/** Units that are drawn together. */
const GROUP = 8;

function masks(rate: number, seed = 1): Float32Array {
  const drawn = new Float32Array(SIZE);
  new DropoutMasks(rate).fill(drawn.subarray(), new RandomStream(seed, 'dropout', 0));
  return drawn;
}

/** The pattern of each group: bit k is 1 where unit k was dropped. */
function patterns(drawn: Float32Array): Uint8Array {
  return Uint8Array.from({ length: drawn.length / GROUP }, (_, group) =>
    drawn
      .subarray(group * GROUP, (group + 1) * GROUP)
      .reduce((bits, value, unit) => bits | (value === 0 ? 1 << unit : 0), 0),
  );
}

const popCount = (bits: number): number => bits.toString(2).replaceAll('0', '').length;

describe.each([0.01, 0.1, 0.25, 0.5, 0.9])('rate %d', (rate) => {
  const drawn = masks(rate);
  const found = patterns(drawn);

  test('values are 0 and the float32 of 1/(1 − p)', () => {
    expect(new Set(drawn)).toEqual(new Set([0, Math.fround(1 / (1 - rate))]));
  });

  test('each unit of a group is dropped at the rate', () => {
    for (let unit = 0; unit < GROUP; unit++) {
      const dropped = found.reduce((sum, pattern) => sum + ((pattern >> unit) & 1), 0);
      expect(binomialDeviations(dropped, found.length, rate)).toBeLessThan(5);
    }
  });

  test('any two units of a group are independent', () => {
    for (let a = 0; a < GROUP; a++) {
      for (let b = 0; b < a; b++) {
        const both = found.reduce((sum, pattern) => sum + ((pattern >> a) & (pattern >> b) & 1), 0);
        expect(binomialDeviations(both, found.length, rate * rate)).toBeLessThan(5);
      }
    }
  });

  test('a unit is independent of the unit one and two groups on', () => {
    for (const distance of [GROUP, 2 * GROUP]) {
      let both = 0;
      for (let i = distance; i < SIZE; i++) if (drawn[i] === 0 && drawn[i - distance] === 0) both++;
      expect(binomialDeviations(both, SIZE - distance, rate * rate)).toBeLessThan(5);
    }
  });

  test('all 256 patterns come at their probability', () => {
    const counts = histogram(256, found);
    const expected = counts.map(
      (_, pattern) => (SIZE / GROUP) * rate ** popCount(pattern) * (1 - rate) ** (GROUP - popCount(pattern)),
    );
    // patterns expected fewer than 5 times count as one
    const isRare = (_: number, pattern: number): boolean => expected.at(pattern)! < 5;
    const pooled = (values: number[]): number[] => {
      const rare = values.filter(isRare).reduce((sum, value) => sum + value, 0);
      return [...values.filter((value, pattern) => !isRare(value, pattern)), rare];
    };
    const [observed, means] = [pooled(counts), pooled(expected)];
    const mean = means.pop()!;
    const rare = observed.pop()!;
    // the quantile 1 − 1e-6 of df 255; fewer cells have a lower one
    expect(chiSquare(observed, means)).toBeLessThan(377);
    // Poisson: 5 deviations, and one for the discreteness of small means
    expect(Math.abs(rare - mean)).toBeLessThanOrEqual(5 * Math.sqrt(mean) + 1);
  });
});

test('patterns too rare for the 65,536 codes of the table come from the remainder', () => {
  // at p = 0.1 a pattern with five or more drops has probability below 2^-16, and no code of its own
  const rare = patterns(masks(0.1, 3)).filter((pattern) => popCount(pattern) >= 5).length;
  // P(≥ 5 of 8) = scipy.stats.binom.sf(4, 8, 0.1) = 0.00043165
  expect(rare).toBeGreaterThan(0);
  expect(binomialDeviations(rare, SIZE / GROUP, 0.00043165)).toBeLessThan(5);
});

test('masks follow from the stream: the same twice, others for another seed', () => {
  expect(masks(0.1, 1).subarray(0, 4096)).toEqual(masks(0.1, 1).subarray(0, 4096));
  const [a, b] = [masks(0.1, 1), masks(0.1, 2)];
  let both = 0;
  for (const [i, value] of a.entries()) if (value === 0 && b[i] === 0) both++;
  expect(binomialDeviations(both, SIZE, 0.01)).toBeLessThan(5);
});

test('fills a part of a larger array and nothing else', () => {
  const all = new Float32Array(64).fill(7);
  new DropoutMasks(0.5).fill(all.subarray(16, 48), new RandomStream(0, 'dropout', 0));
  expect([...all.subarray(0, 16), ...all.subarray(48)].every((value) => value === 7)).toBe(true);
  expect(all.subarray(16, 48).every((value) => value === 0 || value === 2)).toBe(true);
});
