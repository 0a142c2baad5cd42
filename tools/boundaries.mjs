// Import boundaries, purity rules and what pages can load, of packages/*, one line per violation; exit 1 when there is one.
// `node tools/boundaries.mjs [workspace]`. The rules and their reasons: CONTRIBUTING.md, "What the checks enforce".
import { browserViolations } from './lib/browser-rules.mjs';
import { importViolations } from './lib/import-rules.mjs';
import { keyViolations } from './lib/key-rules.mjs';
import { purityViolations } from './lib/purity-rules.mjs';
import { report } from './lib/report.mjs';

report('boundaries', importViolations, purityViolations, keyViolations, browserViolations);
