import { describe, expect, test } from 'vitest';
import { ascending, averagePrecision, humanCredits, mean, twoAfcCredits } from '../src/scores.ts';
import { noise } from './sets.ts';

/** By the definition of BAPPS (Zhang et al. 2018, 2AFC): mean[(d0<d1)(1−j) + (d1<d0) j + ½(d0=d1)]. */
function definedTwoAfc(d0: number[], d1: number[], judge: number[]): number {
  let sum = 0;
  for (const [at, j] of judge.entries()) {
    const [a, b] = [d0[at] as number, d1[at] as number];
    sum += Number(a < b) * (1 - j) + Number(b < a) * j + 0.5 * Number(a === b);
  }
  return sum / judge.length;
}

/** From the definition: precision and recall of every prefix, sentinels, envelope from the right, area of the steps. */
function definedPrecision(distances: number[], same: number[]): number {
  const order = distances.map((distance, place) => ({ distance, place }));
  order.sort((a, b) => a.distance - b.distance || a.place - b.place);
  const [recall, precision] = [[0], [0]];
  const all = same.reduce((a, b) => a + b, 0);
  let [truePositives, falsePositives] = [0, 0];
  for (const { place } of order) {
    truePositives += same[place] as number;
    falsePositives += 1 - (same[place] as number);
    recall.push(truePositives / (truePositives + (all - truePositives)));
    precision.push(truePositives / (truePositives + falsePositives));
  }
  recall.push(1);
  precision.push(0);
  for (let at = precision.length - 2; at >= 0; at--)
    precision[at] = Math.max(precision[at] as number, precision[at + 1] as number);
  let area = 0;
  for (let at = 1; at < recall.length; at++)
    area += ((recall[at] as number) - (recall[at - 1] as number)) * (precision[at] as number);
  return area;
}

/** Distances with ties, and fractions of five people. */
function items(count: number, seed: number): { d0: number[]; d1: number[]; judge: number[] } {
  const bytes = noise(3 * count, seed);
  const every = (start: number, map: (byte: number) => number): number[] =>
    Array.from({ length: count }, (_, at) => map(bytes[3 * at + start] as number));
  return {
    d0: every(0, (byte) => (byte >> 4) / 16),
    d1: every(1, (byte) => (byte >> 4) / 16),
    judge: every(2, (byte) => (byte % 6) / 5),
  };
}

/** Float64 sums of up to 500 terms in another order. */
const TOLERANCE = 1e-9;

describe.each([3, 4, 7, 100, 500])('of %i items', (count) => {
  const { d0, d1, judge } = items(count, count + 5);

  test('2AFC is the definition', () => {
    const score = mean(twoAfcCredits(d0, d1, judge));
    expect(Math.abs(score - definedTwoAfc(d0, d1, judge))).toBeLessThan(TOLERANCE);
  });

  test('average precision is the definition', () => {
    const sorted = Array.from(ascending(d0), (place) => judge[place] as number);
    expect(Math.abs(averagePrecision(sorted) - definedPrecision(d0, judge))).toBeLessThan(TOLERANCE);
  });

  test('a pair that counts n times is n equal pairs', () => {
    const times = d1.map((value) => Math.round(4 * value));
    const repeated = judge.flatMap((same, at) => Array.from({ length: times[at] as number }, () => same));
    const defined = definedPrecision(
      repeated.map((_, at) => at),
      repeated,
    );
    expect(averagePrecision(judge, times)).toBeCloseTo(defined, 9);
  });
});

test('2AFC: the smaller distance chooses, equal ones are worth a half', () => {
  expect([...twoAfcCredits([0.1, 0.3, 0.2], [0.2, 0.1, 0.2], [0.2, 0.2, 0.2])]).toEqual([0.8, 0.2, 0.5]);
});

test('2AFC does not depend on the order of items, nor on which of the two is called p0', () => {
  const { d0, d1, judge } = items(200, 3);
  const score = mean(twoAfcCredits(d0, d1, judge));
  const reversed = mean(twoAfcCredits(d0.toReversed(), d1.toReversed(), judge.toReversed()));
  const swapped = mean(
    twoAfcCredits(
      d1,
      d0,
      judge.map((chosen) => 1 - chosen),
    ),
  );
  expect(Math.abs(reversed - score)).toBeLessThan(TOLERANCE);
  expect(Math.abs(swapped - score)).toBeLessThan(TOLERANCE);
});

test('average precision depends on the order of distances alone', () => {
  const { judge } = items(200, 4);
  const distances = judge.map((_, at) => ((at * 37) % 200) / 7);
  const of = (values: number[]): number =>
    averagePrecision(Array.from(ascending(values), (place) => judge[place] as number));
  expect(of(distances.map((distance) => Math.exp(distance)))).toBe(of(distances));
});

test('equal distances keep their order', () => {
  expect([...ascending([3, 1, 2, 1, 1])]).toEqual([1, 3, 4, 2, 0]);
});

test.each([
  [[1, 1, 1], 1],
  [[1], 1],
  [[0.2], 0.2],
  [[0.4, 0.4], 0.4],
  [[1, 1, 0, 0], 1],
  [[0, 0, 1, 1], 0.5],
  [[1, 0, 0.5], 0.8333333333333334],
])('average precision of %j is %d', (same, score) => {
  expect(averagePrecision(same)).toBeCloseTo(score, 12);
});

test.each([[[0, 0, 0]], [[]]])('average precision of %j is not defined', (same) => {
  expect(averagePrecision(same)).toBeNaN();
});

test('people agree wholly where all say the same, and least where half do', () => {
  expect([...humanCredits([0, 1, 0.5, 0.25])]).toEqual([1, 1, 0.5, 0.625]);
});
