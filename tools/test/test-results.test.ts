import { describe, expect, it } from 'vitest';
import { countTests } from '../lib/test-results.mjs';

/** The part of vitest's JSON report that is read; three files: sound, with a failing test, not loadable. */
const file = (status: string, ...tests: string[]) => ({
  status,
  assertionResults: tests.map((test) => ({ status: test })),
});
const SOUND = file('passed', 'passed', 'pending');
const FAILING = file('failed', 'passed', 'failed');
const UNLOADABLE = file('failed');

function report(...files: ReturnType<typeof file>[]): () => object {
  const count = (status: string) =>
    files.flatMap((f) => f.assertionResults).filter((t) => t.status === status).length;
  return () => ({
    numPassedTests: count('passed'),
    numFailedTests: count('failed'),
    numPendingTests: count('pending'),
    numTodoTests: 0,
    testResults: files,
  });
}

describe('countTests', () => {
  it('counts passed, failed and skipped tests', () => {
    expect(countTests(report(SOUND), 0)).toEqual({ passed: 1, failed: 0, skipped: 1 });
    expect(countTests(report(SOUND, FAILING), 1)).toEqual({ passed: 2, failed: 1, skipped: 1 });
  });

  it('counts a file that did not load as one failure', () => {
    expect(countTests(report(SOUND, FAILING, UNLOADABLE), 1)).toEqual({ passed: 2, failed: 2, skipped: 1 });
  });

  it('counts a run that ended badly though every test passed', () => {
    expect(countTests(report(SOUND), 1)).toEqual({ passed: 1, failed: 1, skipped: 1 });
    expect(countTests(report(SOUND), null)).toEqual({ passed: 1, failed: 1, skipped: 1 });
  });

  it('counts a missing report as one failure', () => {
    const none = () => {
      throw new Error('ENOENT');
    };
    expect(countTests(none, 1)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });
});
