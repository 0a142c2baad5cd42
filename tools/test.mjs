// `npm test`: build, typecheck, lint, then every package's tests. The last line counts all of them:
// `N passed, N failed`. Arguments go to vitest: `npm test -- --project onnx`.
import { BUILD, check, checkAll, LINT } from './lib/check.mjs';
import { runTests } from './lib/vitest.mjs';

/** What needs the build, longest first. */
const CHECKS = [['typecheck', 'nx', 'run-many', '-t', 'typecheck', '--outputStyle=static'], ...LINT];

const passedChecks = Number(await check(BUILD)) + (await checkAll(CHECKS));

const tests = runTests(process.argv.slice(2));
const passed = passedChecks + tests.passed;
const failed = 1 + CHECKS.length - passedChecks + tests.failed;
if (tests.skipped > 0) console.log(`${tests.skipped} skipped (each says why above)`);
process.exitCode = failed === 0 ? 0 : 1;
console.log(`${passed} passed, ${failed} failed`);
