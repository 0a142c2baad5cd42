import { TrainError } from './errors.ts';

/** The problem of a number that is no integer from `least` to `most`; undefined for one that is. */
export function integerProblem(name: string, value: number, least: number, most: number): string | undefined {
  const isWithin = Number.isSafeInteger(value) && value >= least && value <= most;
  return isWithin ? undefined : `${name} must be an integer from ${least} to ${most}, got ${value}`;
}

/** The problem of a learning rate that is not above 0 and at most 1000; undefined for one that is. */
export function rateProblem(value: number): string | undefined {
  if (value > 0 && value <= 1e3) return undefined;
  return `learning rate must be above 0 and at most 1000, got ${value}`;
}

/** Refuses options or a recipe with problems. @throws TrainError of the code, naming all of them */
export function refuseProblems(
  code: 'INVALID_RECIPE' | 'INVALID_OPTION',
  problems: readonly (string | undefined)[],
): void {
  const found = problems.filter((problem) => problem !== undefined);
  if (found.length > 0) throw new TrainError(code, found.join('; '));
}
