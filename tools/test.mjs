// `npm test`: build, typecheck, lint, then every package's tests. The last line counts all of them:
// `N passed, N failed`. Arguments go to vitest: `npm test -- --project onnx`.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BUILD, check, checkAll, LINT, root, run } from './lib/check.mjs';
import { countTests } from './lib/test-results.mjs';

/** What needs the build, longest first. */
const CHECKS = [['typecheck', 'nx', 'run-many', '-t', 'typecheck', '--outputStyle=static'], ...LINT];

const passedChecks = Number(await check(BUILD)) + (await checkAll(CHECKS));

const resultsFile = join(root, '.nx', 'test-results.json');
mkdirSync(join(root, '.nx'), { recursive: true });
rmSync(resultsFile, { force: true });
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${resultsFile}`];
const { status } = run('vitest', ['run', ...reporters, ...process.argv.slice(2)], { stdio: 'inherit' });

const tests = countTests(() => JSON.parse(readFileSync(resultsFile, 'utf8')), status);
const passed = passedChecks + tests.passed;
const failed = 1 + CHECKS.length - passedChecks + tests.failed;
if (tests.skipped > 0) console.log(`${tests.skipped} skipped (each says why above)`);
process.exitCode = failed === 0 ? 0 : 1;
console.log(`${passed} passed, ${failed} failed`);
