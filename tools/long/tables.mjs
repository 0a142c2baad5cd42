// Whole tables of cases: every `*.long.test.ts`, of which `npm test` runs the essential rows.
// `npm run test:long tables`; arguments of vitest go to `node tools/long/tables.mjs` itself.
import { runTests } from '../lib/vitest.mjs';

const { passed, failed, skipped } = runTests(process.argv.slice(2), { VQFORGE_LONG_TESTS: '1' });
if (skipped > 0) console.log(`${skipped} skipped (each says why above)`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
