import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './check.mjs';
import { countTests } from './test-results.mjs';

const resultsFile = join(root, '.nx', 'test-results.json');

/** Runs vitest with its arguments, which prints what it sees; how many tests passed, failed and were skipped. */
export function runTests(args, env = {}) {
  mkdirSync(join(root, '.nx'), { recursive: true });
  rmSync(resultsFile, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${resultsFile}`];
  const { status } = run('vitest', ['run', ...reporters, ...args], { stdio: 'inherit', env });
  return countTests(() => JSON.parse(readFileSync(resultsFile, 'utf8')), status);
}
