import { assertPaired } from './paired.ts';

/**
 * Root mean squared error, √(Σ(predicted − target)² / N): VMAF points, without degrees of freedom.
 *
 * @returns null when N = 0
 * @throws TrainError LENGTH_MISMATCH
 * @see ITU-T P.1401 (01/2020), section 7.5 (which divides by N − d; d = 0 here)
 * @example rmse([1, 2], [1, 4])?.toFixed(4) // => '1.4142'
 */
export function rmse(predicted: ArrayLike<number>, target: ArrayLike<number>): number | null {
  assertPaired(predicted, target);
  let sum = 0;
  for (let i = 0; i < predicted.length; i++) {
    const error = (predicted[i] as number) - (target[i] as number);
    sum += error * error;
  }
  const value = Math.sqrt(sum / predicted.length);
  return Number.isFinite(value) ? value : null;
}
