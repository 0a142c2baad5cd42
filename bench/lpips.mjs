// LPIPS pair by pair and N to one, beside lusoris/vmaf's graph in the same process; peak memory in one of its own.
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openModel, images } from './lpips/model.mjs';
import { OTHER_LPIPS } from './lib/other-lpips.mjs';
import { printTable } from './lib/print-table.mjs';
import { inTurns, timeProcess } from './lib/turns.mjs';

const SHARED = new URL('../../shared/', import.meta.url);
const WEIGHTS = ['squeezenet1_1_features.pth', 'lpips_v0.1_squeeze.pth'].map(
  (name) => new URL(`weights/${name}`, SHARED),
);
const PINNED = new URL('../model/tiny/lpips_sq.onnx', import.meta.url);
const MEMORY = fileURLToPath(new URL('lpips/memory.mjs', import.meta.url));
const OPERATORS = fileURLToPath(new URL('lpips/operators.mjs', import.meta.url));

/** Pairs per round: enough for a minimum that a busy second does not spoil. */
const SIZES = [
  { width: 576, height: 324, pairs: 6 },
  { width: 1920, height: 1080, pairs: 1 },
];
const LADDER = 8;

export async function run({ rounds }) {
  const ours = await ourModel();
  if (ours === null) {
    console.log('skipped: no weights; make the model with: npm run vqforge -- export lpips');
    return;
  }
  const models = { ...(existsSync(OTHER_LPIPS) ? { reference: readFileSync(OTHER_LPIPS) } : {}), ours };
  if (models.reference === undefined)
    console.log(`without lusoris/vmaf's graph, which is not at ${OTHER_LPIPS}`);
  console.log(
    'milliseconds: the shortest of all runs; ×: how many times longer theirs takes, by the clock and',
  );
  console.log('by processor time, which other work on the machine hardly changes');
  await printPairs(models, rounds);
  await printLadder(models, rounds);
  await printProcesses(models);
}

/** From the weights where they are, so that what is measured is the graph of these sources. */
async function ourModel() {
  if (!WEIGHTS.every((url) => existsSync(url))) return existsSync(PINNED) ? readFileSync(PINNED) : null;
  const { lpipsModel, readWeights, selectHeads, selectTrunk } = await import('@vqforge/export');
  const [trunk, heads] = WEIGHTS.map((url) => readWeights(readFileSync(url)).stateDict);
  return lpipsModel({
    net: 'squeeze',
    version: '0.1',
    trunk: selectTrunk(trunk, 'squeeze'),
    heads: selectHeads(heads, 'squeeze'),
  });
}

async function printPairs(models, rounds) {
  const rows = [];
  for (const { width, height, pairs } of SIZES) {
    for (const threads of [1, 2]) {
      const [ref, dist] = [images(1, width, height, 1), images(1, width, height, 2)];
      const sides = await openSides(models, threads, (session) => session.run({ ref, dist }));
      rows.push([`pair ${width}×${height}`, `${threads}`, ...cells(await measure(sides, rounds * pairs), 1)]);
    }
  }
  printTable(['', 'threads', 'reference', 'ours', '× clock', '× processor', '|Δ score|'], rows);
}

async function printLadder(models, rounds) {
  const { width, height } = SIZES[0];
  const ref = images(1, width, height, 1);
  const dists = Array.from({ length: LADDER }, (_, seed) => images(1, width, height, seed + 2));
  const dist = images(LADDER, width, height, 2);
  // theirs takes one pair at a time
  const sides = await openSides(models, 1, async (session, name) => {
    if (name === 'ours') return session.run({ ref, dist });
    const scores = [];
    for (const one of dists) scores.push(...(await session.run({ ref, dist: one })).score.data);
    return { score: { data: scores } };
  });
  const name = `${LADDER} renditions ${width}×${height}, each`;
  printTable(
    ['', 'threads', 'reference', 'ours', '× clock', '× processor', '|Δ score|'],
    [[name, '1', ...cells(await measure(sides, rounds), LADDER)]],
  );
}

/** What a process of its own tells: its peak memory, and where its time goes. */
async function printProcesses(models) {
  const folder = await mkdtemp(join(tmpdir(), 'vqforge-bench-'));
  try {
    const rows = [];
    for (const [name, bytes] of Object.entries(models)) {
      const path = join(folder, `${name}.onnx`);
      await writeFile(path, bytes);
      const { stdout } = await timeProcess(process.execPath, [MEMORY, path, '1920', '1080']);
      rows.push([name, `${(Number(stdout) / 1024).toFixed(0)} MiB`]);
    }
    printTable(['peak memory of a process, pair 1920×1080', ''], rows);
    const { stdout } = await timeProcess(process.execPath, [
      OPERATORS,
      join(folder, 'ours.onnx'),
      '576',
      '324',
    ]);
    printTable(
      ['time by operator, pair 576×324, one thread', ''],
      JSON.parse(stdout)
        .filter(([, share]) => share > 0.005)
        .map(([name, share]) => [name, `${(100 * share).toFixed(0)} %`]),
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function openSides(models, threads, score) {
  const sides = {};
  for (const [name, bytes] of Object.entries(models)) {
    const session = await openModel(bytes, threads);
    await score(session, name); // the first run allocates
    sides[name] = async () => {
      const cpu = process.cpuUsage();
      const start = performance.now();
      const { score: scores } = await score(session, name);
      const milliseconds = performance.now() - start;
      const { user, system } = process.cpuUsage(cpu);
      return { milliseconds, processor: (user + system) / 1000, scores: [...scores.data] };
    };
  }
  return sides;
}

function measure(sides, runs) {
  return inTurns(sides, runs);
}

/** Times per image, and theirs over ours. */
function cells({ reference, ours }, images) {
  const least = (runs, key) => Math.min(...runs.map((run) => run[key]));
  const own = (least(ours, 'milliseconds') / images).toFixed(1);
  if (reference === undefined) return ['', own, '', '', ''];
  const ratio = (key) => (least(reference, key) / least(ours, key)).toFixed(2);
  const delta = Math.max(...ours[0].scores.map((score, at) => Math.abs(score - reference[0].scores[at])));
  return [
    (least(reference, 'milliseconds') / images).toFixed(1),
    own,
    ratio('milliseconds'),
    ratio('processor'),
    delta.toExponential(1),
  ];
}
