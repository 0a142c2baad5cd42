// The digest matrix: the same training on different Node versions, CPU feature sets, worker counts and layouts of the
// same table must give the same bytes. `npm run matrix` (10 epochs per row) or `npm run matrix -- --full` (the pinned run).
// Each row says which Node wrote it, read from the environment.json of that very run; exit 1 when a row differs.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodeCommand, NODES, V8_FLAGS } from './lib/runtimes.mjs';
import { tableVariants } from './lib/table-variants.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const full = process.argv.includes('--full');
const scratch = mkdtempSync(join(tmpdir(), 'vqforge-matrix-'));
const table = join(root, 'datasets/open9/open9_features.parquet');

const ELSEWHERE = {
  LANG: 'tr_TR.UTF-8',
  LC_ALL: 'tr_TR.UTF-8',
  TZ: 'Asia/Kathmandu',
  HOME: scratch,
  USER: 'someone',
  LOGNAME: 'someone',
};

const rows = [
  ...[1, 2, 4].map((workers) => ({ label: `${workers} worker(s)`, workers })),
  ...NODES.map((node) => ({ label: `Node ${node}`, node })),
  ...V8_FLAGS.map((flag) => ({ label: flag, flags: [flag] })),
  ...(await tableVariants(table, join(scratch, 'tables'))).map(({ label, path }) => ({
    label,
    parquet: path,
  })),
  { label: 'other user, locale, time zone', env: ELSEWHERE },
  { label: 'repository at another path', elsewhere: true },
];

let wanted;
let failed = 0;
for (const [index, row] of rows.entries()) {
  const digests = run(row, join(scratch, `row-${index}`));
  wanted ??= digests.slice(1).join(' ');
  const same =
    digests.slice(1).join(' ') === wanted && (row.node === undefined || digests[0] === `v${row.node}`);
  if (!same) failed++;
  console.log(
    `${same ? 'same  ' : 'DIFFERS'} ${row.label.padEnd(36)} ${digests.map((digest) => digest.slice(0, 12)).join('  ')}`,
  );
}
rmSync(scratch, { recursive: true, force: true });
console.log(`${rows.length - failed} of ${rows.length} rows gave the same ONNX, sidecar and registry`);
process.exitCode = failed > 0 ? 1 : 0;

/** Node version and sha256 of ONNX, sidecar and registry of one training. */
function run({ node, flags = [], workers = 2, parquet = table, env = {}, elsewhere = false }, out) {
  mkdirSync(out, { recursive: true });
  const base = elsewhere ? copyOfRepository() : root;
  const main = join(base, 'packages/cli/bin/vqforge.js');
  const args = [
    ...flags,
    main,
    'train',
    '--quiet',
    // probes are found in the workspace; each way to start Node has another idea of where the user stands (INIT_CWD)
    '--workspace',
    base,
    '--parquet',
    elsewhere ? join(base, 'datasets/open9/open9_features.parquet') : parquet,
    '--workers',
    String(workers),
    ...(full ? [] : ['--epochs', '10']),
  ];
  args.push('--out-onnx', join(out, 'fr_regressor_v1.onnx'), '--metrics-out', join(out, 'metrics.json'));
  const [command, ...prefix] = nodeCommand(node);
  const { status, stderr } = spawnSync(command, [...prefix, ...args], {
    cwd: out,
    env: { ...process.env, ...env },
    encoding: 'utf8',
  });
  if (status !== 0) return [`exit ${status}`, ...stderr.trim().split('\n').slice(-1)];
  const { node: version } = JSON.parse(readFileSync(join(out, 'environment.json'), 'utf8'));
  return [
    version,
    ...['fr_regressor_v1.onnx', 'fr_regressor_v1.json', 'registry.json'].map((name) =>
      sha256(join(out, name)),
    ),
  ];
}

function sha256(path) {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

/** The built product under another folder name, with its dependencies linked. */
function copyOfRepository() {
  const copy = join(scratch, 'élsewhere and far');
  for (const part of ['packages', 'datasets', 'package.json', 'vqforge.json', 'node_modules'])
    cpSync(join(root, part), join(copy, part), { recursive: true, verbatimSymlinks: true });
  return copy;
}
