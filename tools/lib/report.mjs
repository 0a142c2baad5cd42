import { fileURLToPath } from 'node:url';
import { readWorkspace } from './workspace.mjs';

/** Prints each violation in the workspace (this one, or the folder given as argument) on a line; exit 1 when there is one. */
export function report(name, ...rules) {
  const workspace = readWorkspace(process.argv[2] ?? fileURLToPath(new URL('../..', import.meta.url)));
  const violations = rules.flatMap((rule) => rule(workspace));
  for (const violation of violations) console.log(violation);
  console.log(`${name}: ${violations.length} violations`);
  process.exitCode = violations.length === 0 ? 0 : 1;
}
