import { describe, expect, test } from 'vitest';
import { exp } from '../../src/teacher/exp.ts';

/** Correctly rounded values, from 60-digit decimal arithmetic (Python's decimal). */
const EXACT: readonly [x: number, value: number][] = [
  [-0.5, 0.6065306597126334],
  [-1, 0.36787944117144233],
  [0.5, 1.6487212707001282],
  [-10, 4.5399929762484854e-5],
  [-100, 3.720075976020836e-44],
  [3, 20.085536923187668],
];

const ULP = 2 ** -52;

describe('exp', () => {
  test.each(EXACT)('of %d is within one unit of the last place of its true value', (x, value) => {
    expect(Math.abs(exp(x) - value)).toBeLessThanOrEqual(value * ULP);
  });

  test('stays within two units of the last place of the platform’s, which is within one of the truth', () => {
    let worst = 0;
    for (let i = 0; i <= 100_000; i++) {
      const x = -45 * (i / 100_000);
      const value = Math.exp(x);
      worst = Math.max(worst, Math.abs(exp(x) - value) / value);
    }
    expect(worst).toBeLessThanOrEqual(2 * ULP);
  });

  test('is exact at 0, never above 1 for negative arguments, and monotone across steps of k·ln 2', () => {
    expect(exp(0)).toBe(1);
    let before = 0;
    for (let i = 5000; i >= 0; i--) {
      const value = exp(-i / 500);
      expect(value).toBeGreaterThan(before);
      before = value;
    }
    expect(before).toBe(1);
  });

  test('ends where float64 ends', () => {
    expect([exp(-746), exp(-Infinity), exp(710), exp(Infinity), exp(NaN)]).toEqual([
      0,
      0,
      Infinity,
      Infinity,
      NaN,
    ]);
    expect(exp(-745)).toBe(Number.MIN_VALUE);
    expect(Math.abs(exp(709.7) / Math.exp(709.7) - 1)).toBeLessThanOrEqual(2 * ULP);
  });
});
