import { describe, expect, test } from 'vitest';
import { RandomStream } from '@vqforge/base';
import { fitStandardisation, standardise } from '../src/standardisation.ts';

const allRows = (column: Float64Array): Uint32Array => Uint32Array.from(column.keys());

function moments(column: Float64Array, rows = allRows(column)): { mean: number; scale: number } {
  const { mean, scale } = fitStandardisation([column], rows);
  return { mean: mean.at(0)!, scale: scale.at(0)! };
}

/** Rounding error of one float64 operation, relative. */
const HALF_ULP = Number.EPSILON / 2;

/** Multiples of 1/1024: their sums are exact in float64, also under an offset of 1e9 (30 bits before the point, 10 behind). */
function grid(length: number, offset: number): Float64Array {
  const random = new RandomStream(1, 'shuffle', 0);
  return Float64Array.from({ length }, () => offset + random.below(4096) / 1024);
}

describe('fitStandardisation', () => {
  test('population standard deviation', () => {
    // numpy 1.26: x = np.array([2, 4, 4, 4, 5, 5, 7, 9]); x.mean(), x.std()
    expect(moments(Float64Array.of(2, 4, 4, 4, 5, 5, 7, 9))).toEqual({ mean: 5, scale: 2 });
  });

  test('only the given rows count, in any order and as often as they are given', () => {
    const column = Float64Array.of(1e6, 1, 3, NaN, 5);
    expect(moments(column, Uint32Array.of(4, 1, 2))).toEqual(moments(Float64Array.of(1, 3, 5)));
    expect(moments(column, Uint32Array.of(1, 1, 2)).mean).toBeCloseTo(5 / 3, 14);
  });

  test.each([0, 1e3, 1e9])('an offset of %d leaves mean and deviation their digits', (offset) => {
    const length = 20_000;
    const plain = grid(length, 0);
    const { mean, scale } = moments(grid(length, offset));
    // the sums of the plain column are exact, so are its mean and its variance up to their last rounding
    const sum = plain.reduce((total, value) => total + value, 0);
    const squares = plain.reduce((total, value) => total + value * value, 0);
    const deviation = Math.sqrt(squares / length - (sum / length) ** 2);
    // the roundings of a plain sum add up like a random walk; the deviation is corrected for them
    expect(Math.abs(mean - offset - sum / length)).toBeLessThan(Math.sqrt(length) * HALF_ULP * (offset + 2));
    // 1e9 + k/1024 is exact, so the deviations keep their digits
    expect(Math.abs(scale / deviation - 1)).toBeLessThan(1e-12);
  });

  test.each([0, 0.1, 99.7, 1e-9, -73.21, 1e9 + 0.1])('a column of %d has scale 1', (value) => {
    for (const length of [1, 2, 3, 7, 1000]) {
      const constant = new Float64Array(length).fill(value);
      const { mean, scale } = moments(constant);
      expect(scale).toBe(1);
      // the roundings of a sum of equal terms may all go one way (Higham 2002, section 4.2)
      const bound = length * HALF_ULP * Math.abs(value);
      expect(Math.abs(mean - value)).toBeLessThanOrEqual(bound);
      const z = standardise([constant], allRows(constant), { mean: [mean], scale: [scale] });
      expect(Math.max(...z.map(Math.abs))).toBeLessThanOrEqual(1.001 * bound);
    }
  });

  test('a deviation of 1e-8 is one, a smaller one is constant', () => {
    expect(moments(Float64Array.of(-2e-8, 2e-8)).scale).toBe(2e-8);
    expect(moments(Float64Array.of(-0.5e-8, 0.5e-8)).scale).toBe(1);
  });

  test('columns do not see each other', () => {
    const [a, b] = [Float64Array.of(1, 2, 3), Float64Array.of(30, 10, 50)];
    const rows = allRows(a);
    expect(fitStandardisation([a, b], rows)).toEqual({
      mean: [2, 30],
      scale: [moments(a).scale, moments(b).scale],
    });
  });
});

describe('standardise', () => {
  test('is (x − mean) / scale in float64, rounded once, row-major', () => {
    const columns = [Float64Array.of(1e9, 1e9 + 1, 1e9 + 2.5), Float64Array.of(0.1, 0.2, 0.3)];
    const standardisation = { mean: [1e9 + 1, 0.25], scale: [0.7, 0.3] };
    // float32 arithmetic would not see the 1 in 1e9 + 1
    expect(standardise(columns, Uint32Array.of(2, 0), standardisation)).toEqual(
      Float32Array.of(1.5 / 0.7, (0.3 - 0.25) / 0.3, -1 / 0.7, (0.1 - 0.25) / 0.3),
    );
  });

  test('gives fitted columns mean 0 and deviation 1', () => {
    const column = grid(5000, 50);
    const rows = allRows(column);
    const z = Float64Array.from(standardise([column], rows, fitStandardisation([column], rows)));
    const { mean, scale } = moments(z);
    // 5,000 float32 roundings of 6e-8 each
    expect(Math.abs(mean)).toBeLessThan(1e-7);
    expect(Math.abs(scale - 1)).toBeLessThan(1e-7);
  });
});
