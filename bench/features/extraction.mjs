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
const THREADS = 2;
const CLIPS = [
  { width: 426, height: 240, frames: 600 },
  { width: 1920, height: 1080, frames: 240 },
  { width: 3840, height: 2160, frames: 48 },
];

export async function measureExtraction() {
  const rows = [];
  for (const clip of CLIPS) {
    const folder = await mkdtemp(join(tmpdir(), 'vqforge-bench-'));
    try {
      const paths = await writeClips(folder, clip);
      const { stdout } = await promisify(execFile)(process.execPath, [CHILD, ...paths, String(THREADS)]);
      const { frames, seconds, processorSeconds, mostBytes } = JSON.parse(stdout);
      rows.push([
        `${clip.width}×${clip.height}, ${frames} frames`,
        (frames / seconds).toFixed(1),
        ((1000 * processorSeconds) / frames).toFixed(1),
        ((1e9 * processorSeconds) / frames / (clip.width * clip.height)).toFixed(1),
        `${((100 * processorSeconds) / seconds / THREADS).toFixed(0)} %`,
        (mostBytes / 2 ** 20).toFixed(0),
      ]);
    } finally {
      await rm(folder, { recursive: true });
    }
  }
  console.log(`\nclips of 8 bits, 4:2:0, ${THREADS} threads`);
  printTable(['', 'frames/s', 'processor ms/frame', 'ns/pixel', 'of the threads', 'most RSS, MiB'], rows);
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
