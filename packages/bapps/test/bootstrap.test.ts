import { expect, test } from 'vitest';
import { interval95, meansOverSets, resampledMeans, resampledPrecisions } from '../src/bootstrap.ts';
import { noise } from './sets.ts';

const MANY = { resamples: 4000, seed: 1 };
const CREDITS = Float64Array.from(noise(300, 1), (byte) => (byte % 6) / 5);

test('the interval of a mean is that of the normal approximation', () => {
  const center = CREDITS.reduce((a, b) => a + b, 0) / CREDITS.length;
  const variance = CREDITS.reduce((sum, value) => sum + (value - center) ** 2, 0) / CREDITS.length;
  const { low, high } = interval95(resampledMeans(CREDITS, 'val/cnn', MANY)) ?? { low: 0, high: 0 };
  // 1.96 standard errors; the limits of 4000 resamples scatter by about 4 % of one
  const error = Math.sqrt(variance / CREDITS.length);
  expect(Math.abs(low - (center - 1.96 * error))).toBeLessThan(0.15 * error);
  expect(Math.abs(high - (center + 1.96 * error))).toBeLessThan(0.15 * error);
});

test('percentiles are interpolated as NumPy does', () => {
  // numpy.percentile(numpy.arange(11), [2.5, 97.5])
  expect(interval95(Float64Array.from({ length: 11 }, (_, at) => at))).toEqual({ low: 0.25, high: 9.75 });
});

test('numbers are a function of set and seed', () => {
  const few = { resamples: 5, seed: 7 };
  const of = (name: string, seed: number): Float64Array => resampledMeans(CREDITS, name, { ...few, seed });
  expect(of('val/cnn', 7)).toEqual(of('val/cnn', 7));
  expect(of('val/cnn', 7)).not.toEqual(of('val/cnn', 8));
  expect(of('val/cnn', 7)).not.toEqual(of('val/color', 7));
});

test('precisions are resampled too; of one class there is one value, or none', () => {
  const interval = interval95(resampledPrecisions(CREDITS, 'a', { resamples: 200, seed: 0 }));
  expect(interval?.low).toBeGreaterThan(0.3);
  expect(interval?.high).toBeLessThan(0.8);
  const few = { resamples: 20, seed: 0 };
  expect(interval95(resampledPrecisions(new Float64Array(9).fill(1), 'a', few))).toEqual({ low: 1, high: 1 });
  expect(interval95(resampledPrecisions(new Float64Array(9), 'a', few))).toBeNull();
});

test('a mean over sets is taken resample by resample', () => {
  expect([...meansOverSets([Float64Array.of(1, 2, 3), Float64Array.of(5, 2, 0)])]).toEqual([3, 2, 1.5]);
});
