// `npm run lint`: every check of the sources that needs no test run.
import { check, LINT } from './lib/check.mjs';

const results = LINT.map(check);
process.exitCode = results.every(Boolean) ? 0 : 1;
