// `npm run test:long anywhere`: every verb of the library in every way to run a program. One line each; the last line counts.
import { rmSync } from 'node:fs';
import { consumerFolder, CONTEXTS, runVerb, VERBS } from '../lib/verbs.mjs';

let passed = 0;
let failed = 0;
for (const verb of Object.keys(VERBS))
  for (const context of Object.keys(CONTEXTS)) {
    const folder = consumerFolder();
    const { isRight, output } = await runVerb(verb, context, folder);
    rmSync(folder, { recursive: true, force: true });
    console.log(`${isRight ? '✓' : '×'} ${verb}, ${context}`);
    if (!isRight) console.log(output);
    if (isRight) passed++;
    else failed++;
  }
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
