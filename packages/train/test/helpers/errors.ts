import { expect } from 'vitest';

/** What an error of this package looks like: `expect(…).toThrow(trainError('DIVERGED'))`. */
export function trainError(code: string): unknown {
  return expect.objectContaining({ name: 'TrainError', code });
}
