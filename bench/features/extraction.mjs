// Whole clips through the thread pool: frames per second, processor time, and the most memory that the process had.
import { execFile } from 'node:child_process';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { printTable } from '../lib/print-table.mjs';
import { scene } from './scene.mjs';

const CHILD = fileURLToPath(new URL('extraction-process.mjs', import.meta.url));
const CLOCK = new URL('kernel-clock.mjs', import.meta.url).href;
const KERNELS = fileURLToPath(new URL('kernels-process.mjs', import.meta.url));
const KERNEL_FRAMES = 60;
const THREADS = 2;
const run = promisify(execFile);
const CLIPS = [
  { width: 426, height: 240, frames: 600 },
  { width: 1920, height: 1080, frames: 240 },
  { width: 3840, height: 2160, frames: 48 },
];

export async function measureExtraction() {
  const alone = await kernelsBesideThemselves(1);
  const together = await kernelsBesideThemselves(THREADS);
  console.log(
    `\nkernels by themselves, 1920×1080, 8 bits: ${alone.toFixed(1)} ms of processor time a frame in one process, ` +
      `${together.toFixed(1)} in each of ${THREADS} at once`,
  );
  const rows = [];
  let clockName;
  for (const clip of CLIPS) {
    const folder = await mkdtemp(join(tmpdir(), 'vqforge-bench-'));
    try {
      const paths = await writeClips(folder, clip);
      // threads start without the flags of their process, but with its environment
      const env = { ...process.env, NODE_OPTIONS: `--import=${CLOCK}` };
      const { stdout } = await run(process.execPath, [CHILD, ...paths, String(THREADS)], { env });
      const { frames, seconds, processorSeconds, kernelSeconds, clock, mostBytes } = JSON.parse(stdout);
      clockName = clock;
      rows.push([
        `${clip.width}×${clip.height}, ${frames} frames`,
        (frames / seconds).toFixed(1),
        ((1000 * processorSeconds) / frames).toFixed(1),
        ((1e9 * processorSeconds) / frames / (clip.width * clip.height)).toFixed(1),
        `${((100 * processorSeconds) / seconds / THREADS).toFixed(0)} %`,
        `${((100 * kernelSeconds) / processorSeconds).toFixed(1)} %`,
        (mostBytes / 2 ** 20).toFixed(0),
      ]);
    } finally {
      await rm(folder, { recursive: true });
    }
  }
  console.log(
    `\nclips of 8 bits, 4:2:0, ${THREADS} threads; in kernels: their ${clockName} to the processor time of all threads`,
  );
  printTable(
    ['', 'frames/s', 'processor ms/frame', 'ns/pixel', 'of the threads', 'in kernels', 'most RSS, MiB'],
    rows,
  );
}

/** Processor milliseconds of a frame's kernels in so many processes at once, the mean of them. */
async function kernelsBesideThemselves(processes) {
  const running = Array.from({ length: processes }, () =>
    run(process.execPath, [KERNELS, String(KERNEL_FRAMES)]),
  );
  const times = (await Promise.all(running)).map(({ stdout }) => Number(stdout));
  return times.reduce((sum, time) => sum + time, 0) / processes;
}

/** Two pictures in turns: what they show does not change the work. */
async function writeClips(folder, { width, height, frames }) {
  const { previous, reference, distorted } = scene({ width, height, bitDepth: 8 });
  const chroma = Buffer.alloc(2 * Math.ceil(width / 2) * Math.ceil(height / 2), 128);
  const sides = { 'ref.y4m': [previous, reference], 'dist.y4m': [distorted, reference] };
  const paths = [];
  for (const [name, pictures] of Object.entries(sides)) {
    const path = join(folder, name);
    const file = await open(path, 'w');
    await file.write(`YUV4MPEG2 W${width} H${height} F25:1 C420\n`);
    for (let frame = 0; frame < frames; frame++)
      await file.writev([Buffer.from('FRAME\n'), pictures[frame % 2], chroma]);
    await file.close();
    paths.push(path);
  }
  return paths;
}
