// Runs the repository's own commands as checks: quiet when they pass, their whole output when they fail.
import { execFile, spawnSync } from 'node:child_process';
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

/** Builds one package and the packages that it imports. */
export const buildOf = (name) => [`build ${name}`, 'nx', 'build', `@vqforge/${name}`, '--outputStyle=static'];

/** What must hold of the sources without running them. Order: longest first. */
export const LINT = [
  ['oxlint', 'oxlint', '--type-aware', '--deny-warnings'],
  ['unused', 'knip', '--no-progress', '--no-config-hints'],
  ['format', 'oxfmt', '--check'],
  ['boundaries', 'node', 'tools/boundaries.mjs'],
  ['exports', 'node', 'tools/exports.mjs'],
  ['lock', 'node', 'tools/lockcheck.mjs', 'package-lock.json', 'bench/package-lock.json'],
];

const OPTIONS = {
  cwd: root,
  env: environment,
  encoding: 'utf8',
  maxBuffer: 256 * 2 ** 20, // a failing build of every package prints a few megabytes at most
  shell: process.platform === 'win32', // node_modules/.bin holds .cmd files there
};

/** @returns {import('node:child_process').SpawnSyncReturns<string>} */
export function run(command, args, { env, ...options } = {}) {
  return spawnSync(command, args, { ...OPTIONS, ...options, env: { ...environment, ...env } });
}

/** Runs one [name, command, ...arguments], prints its line, and says whether it passed. */
export async function check([name, command, ...args]) {
  const start = performance.now();
  const { status, output } = await new Promise((resolve) => {
    execFile(command, args, OPTIONS, (error, stdout, stderr) =>
      resolve({ status: error === null ? 0 : 1, output: stdout + stderr || error?.message }),
    );
  });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${status === 0 ? '✓' : '×'} ${name} (${seconds} s)`);
  if (status !== 0) console.log(output);
  return status === 0;
}

/** Runs checks that do not depend on each other, two at a time; how many passed. */
export async function checkAll(checks) {
  const waiting = [...checks];
  let passed = 0;
  const lane = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      if (await check(next)) passed++;
  };
  await Promise.all([lane(), lane()]);
  return passed;
}
