// Runs the repository's own commands as checks: quiet when they pass, their whole output when they fail.
import { spawnSync } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

const environment = {
  ...process.env,
  PATH: join(root, 'node_modules', '.bin') + delimiter + process.env.PATH,
  NX_TUI: 'false',
  // a shared machine must not answer from an earlier run
  ...(process.env.CI && { NX_SKIP_NX_CACHE: 'true' }),
};

export const BUILD = ['build', 'nx', 'run-many', '-t', 'build', '--outputStyle=static'];

/** What must hold of the sources without running them. Order: what fails most often first. */
export const LINT = [
  ['oxlint', 'oxlint', '--type-aware', '--deny-warnings'],
  ['boundaries', 'node', 'tools/boundaries.mjs'],
  ['exports', 'node', 'tools/exports.mjs'],
  ['format', 'prettier', '--check', '--log-level', 'warn', '.'],
  ['lock', 'node', 'tools/lockcheck.mjs', 'package-lock.json', 'bench/package-lock.json'],
];

/** @returns {import('node:child_process').SpawnSyncReturns<string>} */
export function run(command, args, options = {}) {
  return spawnSync(command, args, {
    cwd: root,
    env: environment,
    encoding: 'utf8',
    maxBuffer: 256 * 2 ** 20, // a failing build of every package prints a few megabytes at most
    shell: process.platform === 'win32', // node_modules/.bin holds .cmd files there
    ...options,
  });
}

/** Runs one [name, command, ...arguments], prints its line, and says whether it passed. */
export function check([name, command, ...args]) {
  const start = performance.now();
  const { status, stdout, stderr, error } = run(command, args);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const passed = status === 0;
  console.log(`${passed ? '✓' : '×'} ${name} (${seconds} s)`);
  if (!passed) console.log(`${stdout ?? ''}${stderr ?? ''}${error ?? ''}`);
  return passed;
}
