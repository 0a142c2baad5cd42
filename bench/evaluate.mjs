// 2AFC: distances of triplets beside lusoris/vmaf's graph, called twice for each; then whole evaluations, to see
// that memory does not grow with the number of triplets.
import { existsSync, readFileSync } from 'node:fs';
import { link, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { planes } from './evaluate/planes.mjs';
import { openModel } from './lpips/model.mjs';
import { OTHER_LPIPS } from './lib/other-lpips.mjs';
import { printTable } from './lib/print-table.mjs';
import { inTurns, timeProcess } from './lib/turns.mjs';

const REGISTRY = fileURLToPath(new URL('../model/tiny', import.meta.url));
const script = (name) => fileURLToPath(new URL(`evaluate/${name}.mjs`, import.meta.url));
const CORES = availableParallelism();

/** Triplets per turn: some tenths of a second, so that a busy moment does not spoil a round. */
const TRIPLETS = 200;
/** Given to a session at once, as `vqforge evaluate` does. */
const GROUP = 8;
const SIZES = [1000, 10_000];

export async function run({ rounds }) {
  if (!existsSync(join(REGISTRY, 'lpips_sq.onnx'))) {
    console.log('skipped: no LPIPS model; make it with: npm run vqforge -- regenerate vmaf_tiny_lpips_sq_v1');
    return;
  }
  await printDistances(rounds);
  await printWhole();
}

async function printDistances(rounds) {
  const { lpipsMetric } = await import('@vqforge/bapps');
  const triplets = Array.from({ length: TRIPLETS }, (_, n) => [0, 1, 2].map((which) => patch(3 * n + which)));
  const rows = [];
  for (const threads of new Set([1, CORES])) {
    const metric = await lpipsMetric({
      baseline: false,
      net: 'squeeze',
      version: '0.1',
      registry: REGISTRY,
      workers: threads,
    });
    const sides = { ours: () => ourDistances(metric, triplets) };
    if (existsSync(OTHER_LPIPS)) {
      const session = await openModel(readFileSync(OTHER_LPIPS), threads);
      sides.reference = () => referenceDistances(session, triplets);
    } else console.log(`without lusoris/vmaf's graph, which is not at ${OTHER_LPIPS}`);
    const timed = Object.fromEntries(
      Object.entries(sides).map(([name, side]) => [name, () => timedRun(side)]),
    );
    for (const side of Object.values(timed)) await side(); // the first run allocates
    rows.push([`${threads}`, ...cells(await inTurns(timed, rounds))]);
    await metric.close();
  }
  console.log(`distances of ${TRIPLETS} triplets of 64×64; ×: how many times longer theirs takes`);
  printTable(['threads', 'reference, ms each', 'ours', '× clock', '× processor', '|Δ distance|'], rows);
}

async function ourDistances(metric, triplets) {
  const groups = Array.from({ length: triplets.length / GROUP }, (_, n) =>
    triplets.slice(GROUP * n, GROUP * (n + 1)),
  );
  const distances = Array.from({ length: groups.length });
  let next = 0;
  const lane = async () => {
    for (let at = next++; at < groups.length; at = next++)
      distances[at] = await metric.distances(
        groups[at].map(([reference, ...distorted]) => ({ reference, distorted })),
      );
  };
  await Promise.all(Array.from({ length: metric.parallel }, lane));
  return distances.flat(2);
}

async function referenceDistances(session, triplets) {
  const distances = [];
  for (const [reference, ...distorted] of triplets) {
    const ref = planes(reference);
    for (const one of distorted)
      distances.push(...(await session.run({ ref, dist: planes(one) })).score.data);
  }
  return distances;
}

async function timedRun(side) {
  const cpu = process.cpuUsage();
  const start = performance.now();
  const distances = await side();
  const clock = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  return { clock, processor: (user + system) / 1000, distances };
}

function cells({ reference, ours }) {
  const least = (runs, key) => Math.min(...runs.map((run) => run[key]));
  const each = (runs) => (least(runs, 'clock') / TRIPLETS).toFixed(2);
  if (reference === undefined) return ['', each(ours), '', '', ''];
  const ratio = (key) => (least(reference, key) / least(ours, key)).toFixed(2);
  const apart = ours[0].distances.map((distance, at) => Math.abs(distance - reference[0].distances[at]));
  return [
    each(reference),
    each(ours),
    ratio('clock'),
    ratio('processor'),
    Math.max(...apart).toExponential(1),
  ];
}

/** Whole processes: reading, decoding, distances, intervals. The larger set is the smaller one under more names. */
async function printWhole() {
  const { writeMiniBapps } = await import('@vqforge/bapps');
  const folder = await mkdtemp(join(tmpdir(), 'vqforge-bench-'));
  try {
    const mini = join(folder, 'mini');
    await writeMiniBapps({ out: mini, count: 100, seed: 0 });
    const rows = [];
    for (const size of SIZES) {
      const many = join(folder, `${size}`);
      await repeat(join(mini, '2afc/val/cnn'), join(many, '2afc/val/cnn'), size, 100);
      const isLast = size === SIZES.at(-1);
      const ours = await whole('whole', many, REGISTRY);
      rows.push([`${size} triplets`, ...wholeCells(ours, size), '']);
      for (const threads of isLast && existsSync(OTHER_LPIPS) ? new Set([1, CORES]) : []) {
        const other = await whole('whole-other', many, OTHER_LPIPS, `${threads}`);
        const ratio = (other.seconds / ours.seconds).toFixed(2);
        rows.push([`reference, ${threads} threads`, ...wholeCells(other, size), ratio]);
      }
    }
    console.log('');
    printTable(['whole evaluations', 'seconds', 'ms each', 'peak memory', '× ours'], rows);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function whole(name, ...args) {
  return JSON.parse((await timeProcess(process.execPath, [script(name), ...args])).stdout);
}

function wholeCells({ seconds, peak }, size) {
  return [seconds.toFixed(1), ((1000 * seconds) / size).toFixed(2), `${(peak / 1024).toFixed(0)} MiB`];
}

async function repeat(from, to, count, available) {
  for (const [role, ending] of [
    ['ref', 'png'],
    ['p0', 'png'],
    ['p1', 'png'],
    ['judge', 'npy'],
  ]) {
    await mkdir(join(to, role), { recursive: true });
    for (let n = 0; n < count; n++) {
      const name = (number) => `${role}/${String(number).padStart(6, '0')}.${ending}`;
      await link(join(from, name(n % available)), join(to, name(n)));
    }
  }
}

/** Blocks of colour with noise, interleaved bytes. */
function patch(seed) {
  let state = seed + 1;
  return Uint8Array.from({ length: 3 * 64 * 64 }, (_, at) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const pixel = Math.floor(at / 3);
    const block = ((pixel % 64) >> 3) * 23 + (pixel >> 9) * 31 + (at % 3) * 71 + seed * 13;
    return (block % 192) + (state >>> 26);
  });
}
