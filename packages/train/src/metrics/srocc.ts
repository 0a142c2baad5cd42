import { sampleRankCorrelation } from 'simple-statistics';
import { assertPaired, coefficient, isCorrelatable } from './paired.ts';

/**
 * Spearman rank-order correlation coefficient (SROCC): Pearson correlation of midranks.
 *
 * Tied values share the mean of the ranks they span, as in scipy.stats.spearmanr and R's cor(method = "spearman");
 * the teacher clips to [0, 100], so ties at the ends are expected, and argsort(argsort(x)) would order them by chance.
 *
 * @param predicted model scores [N], VMAF points
 * @param target    teacher scores [N], same row order
 * @returns rho in [-1, 1]; null when either side is constant or not finite, or N < 2
 * @throws TrainError LENGTH_MISMATCH
 * @see https://en.wikipedia.org/wiki/Spearman%27s_rank_correlation_coefficient
 * @example srocc([1, 2, 3], [10, 20, 20])?.toFixed(6) // => '0.866025'
 */
export function srocc(predicted: ArrayLike<number>, target: ArrayLike<number>): number | null {
  assertPaired(predicted, target);
  if (!isCorrelatable(predicted, target)) return null;
  // plain arrays: on typed arrays simple-statistics answers NaN
  return coefficient(sampleRankCorrelation(Array.from(predicted), Array.from(target)));
}
