// `vqforge score` end to end beside bare runs of the model on tensors that are ready, a ladder beside clips one by one,
// and the command from a cold start.
import { existsSync } from 'node:fs';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { scoreClips } from '@vqforge/score';
import { images, openModel } from './lpips/model.mjs';
import { OTHER_LPIPS } from './lib/other-lpips.mjs';
import { printTable } from './lib/print-table.mjs';
import { inTurns, median, timeProcess } from './lib/turns.mjs';

const REGISTRY = fileURLToPath(new URL('../model/tiny/', import.meta.url));
const PINNED = join(REGISTRY, 'lpips_sq.onnx');
const MAIN = fileURLToPath(new URL('../packages/cli/bin/vqforge.js', import.meta.url));

/** Frames enough that opening and the first run, which allocates a GB at 1920×1080, do not decide. */
const SIZES = [
  { width: 576, height: 324, frames: 48 },
  { width: 1920, height: 1080, frames: 24 },
];
const LADDER = 8;

export async function run({ rounds }) {
  if (!existsSync(PINNED)) {
    console.log('skipped: no LPIPS model; make it with: npm run vqforge -- regenerate vmaf_tiny_lpips_sq_v1');
    return;
  }
  const folder = await mkdtemp(join(tmpdir(), 'vqforge-bench-'));
  try {
    console.log('1 thread of ONNX Runtime; milliseconds per frame, the median of the rounds');
    await printClips(folder, rounds);
    await printLadder(folder, rounds);
    await printColdStart(folder, rounds);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function printClips(folder, rounds) {
  const rows = [];
  for (const size of SIZES) {
    const clips = [await writeClip(folder, size, 1), await writeClip(folder, size, 2)];
    const session = await openModel(await readFile(PINNED), 1);
    const feeds = { ref: images(1, size.width, size.height, 1), dist: images(1, size.width, size.height, 2) };
    await session.run(feeds); // the first run allocates
    const times = await inTurns(
      {
        bare: () => timed(size.frames, () => repeat(size.frames, () => session.run(feeds))),
        score: () => timed(size.frames, () => score(PINNED, clips)),
      },
      rounds,
    );
    const ratio = (key) => median(times.score.map((time, round) => time[key] / times.bare[round][key]));
    rows.push([
      `clip ${size.width}×${size.height}, ${size.frames} frames`,
      milliseconds(times.bare).toFixed(1),
      milliseconds(times.score).toFixed(1),
      `${ratio('milliseconds').toFixed(3)}×`,
      `${ratio('processor').toFixed(3)}×`,
    ]);
    await session.release();
  }
  printTable(
    ['model and clips opened, scored, closed', 'session.run', 'score', '× clock', '× processor'],
    rows,
  );
}

async function printLadder(folder, rounds) {
  const size = { ...SIZES[0], frames: 12 };
  const reference = await writeClip(folder, size, 1);
  const renditions = [];
  for (let seed = 2; seed < 2 + LADDER; seed++) renditions.push(await writeClip(folder, size, seed));
  const sides = {
    ladder: () => score(PINNED, [reference, ...renditions]),
    'one by one': () => each(renditions, (path) => score(PINNED, [reference, path])),
    ...(existsSync(OTHER_LPIPS)
      ? {
          "lusoris/vmaf's model, one by one": () =>
            each(renditions, (path) => score(OTHER_LPIPS, [reference, path])),
        }
      : {}),
  };
  const images = size.frames * LADDER;
  const times = await inTurns(
    Object.fromEntries(Object.entries(sides).map(([name, side]) => [name, () => timed(images, side)])),
    rounds,
  );
  printTable(
    [`${LADDER} renditions of ${size.width}×${size.height}`, 'each', 'times the ladder'],
    Object.entries(times).map(([name, own]) => [
      name,
      milliseconds(own).toFixed(1),
      `${median(own.map((time, round) => time.milliseconds / times.ladder[round].milliseconds)).toFixed(2)}×`,
    ]),
  );
}

/** The process, from its start to its exit. */
async function printColdStart(folder, rounds) {
  const size = { width: 384, height: 216, frames: 24 };
  const [reference, distorted] = [await writeClip(folder, size, 1), await writeClip(folder, size, 2)];
  const args = [MAIN, 'score', '-r', reference, '-d', distorted, '--quiet'];
  const seconds = [];
  for (let round = 0; round < rounds; round++)
    seconds.push((await timeProcess(process.execPath, args)).seconds);
  printTable(
    ['vqforge score of 24 frames of 384×216, all threads', 'median', 'shortest'],
    [['start to exit', `${median(seconds).toFixed(2)} s`, `${Math.min(...seconds).toFixed(2)} s`]],
  );
}

function score(model, [reference, ...distorted]) {
  return scoreClips({
    reference,
    distorted,
    selection: { skipReference: 0, skipDistorted: 0, subsample: 1 },
    colour: {},
    featuresFrom: [],
    environment: {},
    lpips: { modelPath: model },
    models: { registry: REGISTRY, device: 'cpu', allowUnregistered: true, threads: 1 },
    version: 'bench',
    now: () => performance.now(),
  });
}

/** Seconds that one of `parts` equal parts of a job takes, by the clock and of all processors. */
async function timed(parts, job) {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await job();
  const milliseconds = (performance.now() - start) / parts;
  const { user, system } = process.cpuUsage(cpu);
  return { milliseconds, processor: (user + system) / 1000 / parts };
}

function milliseconds(times) {
  return median(times.map((time) => time.milliseconds));
}

async function repeat(times, job) {
  for (let time = 0; time < times; time++) await job();
}

async function each(values, job) {
  for (const value of values) await job(value);
}

/** Moving blocks with noise, 8 bits 4:2:0. */
async function writeClip(folder, { width, height, frames }, seed) {
  const path = join(folder, `${width}x${height} ${frames} ${seed}.y4m`);
  const file = await open(path, 'w');
  await file.write(`YUV4MPEG2 W${width} H${height} F25:1 C420\n`);
  const samples = Buffer.alloc((width * height * 3) / 2);
  let state = seed;
  for (let frame = 0; frame < frames; frame++) {
    for (let at = 0; at < samples.length; at++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      samples[at] = 64 + (((at >> 5) * 7 + frame) % 96) + (state >>> 28) * seed;
    }
    await file.write('FRAME\n');
    await file.write(samples);
  }
  await file.close();
  return path;
}
