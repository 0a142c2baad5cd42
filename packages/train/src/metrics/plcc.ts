import { sampleCorrelation } from 'simple-statistics';
import { assertPaired } from './paired.ts';

/**
 * Pearson linear correlation coefficient (PLCC), as numpy.corrcoef.
 *
 * @param predicted model scores [N], VMAF points
 * @param target    teacher scores [N], same row order
 * @returns r in [-1, 1]; null when either side is constant or N < 2
 * @throws TrainError LENGTH_MISMATCH
 * @see ITU-T P.1401 (01/2020), section 7.5
 * @example plcc([1, 2, 3], [2, 4, 6]) // => 1
 */
export function plcc(predicted: ArrayLike<number>, target: ArrayLike<number>): number | null {
  assertPaired(predicted, target);
  if (predicted.length < 2) return null;
  // simple-statistics sums compensated (Kahan–Babuška); typed arrays must become arrays for it
  const r = sampleCorrelation(Array.from(predicted), Array.from(target));
  return Number.isFinite(r) ? r : null;
}
