/**
 * Largest difference between an exported model's scores and what they should be, in the units of the scores.
 * NaN on either side makes it NaN, which no tolerance admits.
 *
 * @example maxAbsError([1, 2], [1, 2.5]) // => 0.5
 */
export function maxAbsError(scores: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (scores.length !== expected.length) return NaN;
  let worst = 0;
  for (let i = 0; i < scores.length; i++) {
    const error = Math.abs((scores[i] as number) - (expected[i] as number));
    if (!(error <= worst)) worst = error;
  }
  return worst;
}

/** Parity demanded of an exported regressor: VMAF points over the whole table. Float32 rounding alone is about 1e-5. */
export const REGRESSOR_PARITY_TOLERANCE = 1e-3;
