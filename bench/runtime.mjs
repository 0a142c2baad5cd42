// What a scorer costs beside bare `session.run` on ready tensors, and a ladder beside single runs of another LPIPS graph.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ort from 'onnxruntime-node';
import { FrRegressor, Lpips } from '@vqforge/runtime';
import { openModel } from '@vqforge/runtime/node';
import { OTHER_LPIPS } from './lib/other-lpips.mjs';
import { printTable } from './lib/print-table.mjs';
import { inTurns, median } from './lib/turns.mjs';
import { images } from './lpips/model.mjs';

const REGISTRY = fileURLToPath(new URL('../model/tiny', import.meta.url));
/** Rows of a call, and calls per turn: turns of a few milliseconds, so that a busy moment falls on both sides. */
const CALLS = [
  { rows: 1, calls: 100 },
  { rows: 1500, calls: 10 },
];
const TURNS = 60;
const LADDER = { width: 576, height: 324, count: 8 };
const OPTIONS = {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  extra: { session: { intra_op: { allow_spinning: '0' } } },
};

export async function run({ rounds }) {
  await printRegressor(rounds);
  await printLadder(rounds);
}

async function printRegressor(rounds) {
  const model = await openModel({ registry: REGISTRY, model: 'fr_regressor_v1', threads: 1 });
  const regressor = FrRegressor.of(model);
  const session = await ort.InferenceSession.create(readFileSync(model.path), OPTIONS);
  const table = [];
  for (const { rows, calls } of CALLS) {
    const typical = model.sidecar.feature_mean;
    const features = Float64Array.from({ length: rows * 6 }, (_, i) => typical[i % 6]);
    const feeds = { features: new ort.Tensor('float32', new Float32Array(rows * 6), [rows, 6]) };
    const sides = {
      bare: () => timed(calls, () => session.run(feeds)),
      scorer: () => timed(calls, () => regressor.score(features)),
    };
    await inTurns(sides, TURNS / 3); // compiled by then
    const { bare, scorer } = await inTurns(sides, TURNS * rounds);
    table.push([`regressor, N = ${rows}`, ...cells(scorer, bare, 1000)]);
  }
  await Promise.all([model.close(), session.release()]);
  console.log('µs per call on one thread, the shortest turn; ×: how many times longer the scorer takes');
  printTable(['', 'session.run', 'scorer', '× shortest', '× median', '× processor'], table);
}

/** Milliseconds per call, by the clock and of the processor; what the last call returned. */
async function timed(calls, call) {
  const cpu = process.cpuUsage();
  const start = performance.now();
  let result;
  for (let i = 0; i < calls; i++) result = await call();
  const clock = (performance.now() - start) / calls;
  const { user, system } = process.cpuUsage(cpu);
  return { clock, processor: (user + system) / 1000 / calls, result };
}

/** The shortest turn of either side, and how many times longer `side` takes than `other`: by clock and by processor. */
function cells(side, other, unit) {
  const least = (turns) => Math.min(...turns.map(({ clock }) => clock));
  const total = (turns) => turns.reduce((sum, { processor }) => sum + processor, 0);
  return [
    (least(other) * unit).toFixed(1),
    (least(side) * unit).toFixed(1),
    (least(side) / least(other)).toFixed(2),
    median(side.map(({ clock }, turn) => clock / other[turn].clock)).toFixed(2),
    (total(side) / total(other)).toFixed(2),
  ];
}

async function printLadder(rounds) {
  if (!existsSync(OTHER_LPIPS)) {
    console.log(`skipped: the ladder; no ${OTHER_LPIPS}, name another LPIPS graph in VQFORGE_BENCH_LPIPS`);
    return;
  }
  const opened = await openModel({ registry: REGISTRY, model: 'vmaf_tiny_lpips_sq_v1', threads: 1 }).catch(
    (error) => error,
  );
  if (opened instanceof Error) {
    console.log(`skipped: the ladder; ${opened.message}`);
    return;
  }
  const lpips = Lpips.of(opened);
  const { width, height, count } = LADDER;
  const reference = images(1, width, height, 1);
  const renditions = images(count, width, height, 2);
  const session = await ort.InferenceSession.create(readFileSync(OTHER_LPIPS), OPTIONS);
  const size = 3 * width * height;
  const singles = Array.from(
    { length: count },
    (_, n) =>
      new ort.Tensor('float32', renditions.data.subarray(n * size, (n + 1) * size), [1, 3, height, width]),
  );
  const single = async () => {
    const scores = [];
    for (const dist of singles) scores.push((await session.run({ ref: reference, dist })).score.data[0]);
    return scores;
  };
  const sides = {
    singles: () => timed(1, single),
    ladder: () => timed(1, () => lpips.score(reference.data, renditions.data, LADDER)),
  };
  await inTurns(sides, 1); // the first run allocates
  const results = await inTurns(sides, 3 * rounds);
  const [ours, theirs] = [results.ladder[0].result, results.singles[0].result];
  const delta = Math.max(...theirs.map((score, n) => Math.abs(score - ours[n])));
  console.log(
    'ms per rendition on one thread, the shortest round; ×: how many times longer the other graph takes',
  );
  const [own, other, ...ratios] = cells(results.singles, results.ladder, 1 / count);
  printTable(
    ['', 'other graph', 'scorer', '× shortest', '× median', '× processor', '|Δ score|'],
    [[`${count} renditions ${width}×${height}`, other, own, ...ratios, delta.toExponential(1)]],
  );
  await Promise.all([opened.close(), session.release()]);
}
