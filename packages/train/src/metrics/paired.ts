import { TrainError } from '../errors.ts';

export function assertPaired(predicted: ArrayLike<number>, target: ArrayLike<number>): void {
  if (predicted.length !== target.length)
    throw new TrainError(
      'LENGTH_MISMATCH',
      `a metric pairs predictions with targets, got ${predicted.length} and ${target.length}`,
    );
}
