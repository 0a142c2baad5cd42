// Exports of packages/* that nothing uses, one line each; exit 1 when there is one.
// `node tools/exports.mjs [workspace]`. The rules: CONTRIBUTING.md, "What the checks enforce".
import { exportViolations } from './lib/export-rules.mjs';
import { report } from './lib/report.mjs';

report('exports', exportViolations);
