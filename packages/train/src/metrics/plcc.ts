import { sampleCorrelation } from 'simple-statistics';
import { assertPaired, coefficient, isCorrelatable } from './paired.ts';

/**
 * Pearson linear correlation coefficient (PLCC), as numpy.corrcoef.
 *
 * @param predicted model scores [N], VMAF points
 * @param target    teacher scores [N], same row order
 * @returns r in [-1, 1]; null when either side is constant or not finite, or N < 2
 * @throws TrainError LENGTH_MISMATCH
 * @see ITU-T P.1401 (01/2020), section 7.5
 * @example plcc([1, 2, 3], [2, 4, 6]) // => 1
 */
export function plcc(predicted: ArrayLike<number>, target: ArrayLike<number>): number | null {
  assertPaired(predicted, target);
  if (!isCorrelatable(predicted, target)) return null;
  // simple-statistics sums compensated (Kahan–Babuška); typed arrays must become arrays for it
  return coefficient(sampleCorrelation(Array.from(predicted), Array.from(target)));
}
