// The features' digest matrix: the same pictures on different Node versions, CPU feature sets and an emulated arm64 must give the
// same doubles.
// `npm run matrix:features`; exit 1 when a row differs.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { armCommand, noArm, nodeCommand, NODES, V8_FLAGS } from './lib/runtimes.mjs';

const script = fileURLToPath(new URL('lib/features-digest.mjs', import.meta.url));
const nodeRows = [
  { label: `this Node, ${process.version}` },
  ...NODES.map((node) => ({ label: `Node ${node}`, node })),
  ...V8_FLAGS.map((flag) => ({ label: flag, flags: [flag] })),
  // each of V8's compilers for the oldest machines: by itself one hides the other's mistakes after a few frames
  ...['--liftoff-only', '--no-liftoff'].map((flag) => ({
    label: `--no-enable-avx ${flag}`,
    flags: ['--no-enable-avx', flag],
  })),
].map(({ label, node, flags = [] }) => ({ label, node, command: [...nodeCommand(node), ...flags, script] }));
const armRows = NODES.map((node) => ({
  label: `arm64, Node ${node}`,
  node,
  command: armCommand(node, script),
}));
const withoutArm = noArm();
const rows = withoutArm === undefined ? [...nodeRows, ...armRows] : nodeRows;

let wanted;
let failed = 0;
for (const { label, node, command } of rows) {
  const { status, stdout, stderr } = spawnSync(command[0], command.slice(1), { encoding: 'utf8' });
  const [version, digest] = status === 0 ? stdout.trim().split(' ') : [`exit ${status}`, stderr.trim()];
  wanted ??= digest;
  const same = status === 0 && digest === wanted && (node === undefined || version === `v${node}`);
  if (!same) failed++;
  console.log(`${same ? 'same  ' : 'DIFFERS'} ${label.padEnd(32)} ${version} ${digest}`);
}
if (withoutArm !== undefined) console.log(`skipped arm64: ${withoutArm}`);
console.log(`${rows.length - failed} of ${rows.length} rows gave the same features`);
process.exitCode = failed > 0 ? 1 : 0;
