// `npm run lint`: every check of the sources that needs no test run.
import { checkAll, LINT } from './lib/check.mjs';

process.exitCode = (await checkAll(LINT)) === LINT.length ? 0 : 1;
