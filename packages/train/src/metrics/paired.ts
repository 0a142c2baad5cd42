import { TrainError } from '../errors.ts';

/** Refuses predictions and targets of different lengths. @throws TrainError LENGTH_MISMATCH */
export function assertPaired(predicted: ArrayLike<number>, target: ArrayLike<number>): void {
  if (predicted.length !== target.length)
    throw new TrainError(
      'LENGTH_MISMATCH',
      `a metric pairs predictions with targets, got ${predicted.length} and ${target.length}`,
    );
}

/**
 * Whether a correlation of these values is defined: at least two rows, all numbers finite, neither side constant.
 * Asked of the values themselves: after a rounded mean is taken off, a constant column can look like a varying one.
 */
export function isCorrelatable(predicted: ArrayLike<number>, target: ArrayLike<number>): boolean {
  return [predicted, target].every((values) => allFinite(values) && !isConstant(values));
}

/** Whether all values are equal, which no value and one value are. */
export function isConstant(values: ArrayLike<number>): boolean {
  for (let i = 1; i < values.length; i++) if (values[i] !== values[0]) return false;
  return true;
}

/** Whether no value is NaN or infinite. */
export function allFinite(values: ArrayLike<number>): boolean {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return false;
  return true;
}

/** Takes off what rounding adds beyond ±1, as scipy.stats does; a coefficient that overflowed is null. */
export function coefficient(value: number): number | null {
  return Number.isFinite(value) ? Math.min(1, Math.max(-1, value)) : null;
}
