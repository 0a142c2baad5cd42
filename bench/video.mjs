// Y4M to LPIPS tensors: a 1080p frame's conversion, and a clip scored end to end beside bare runs on ready tensors.
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { frameToTensor } from '@vqforge/media';
import { openTensorSets } from '@vqforge/media/node';
import { images, openModel } from './lpips/model.mjs';
import { printTable } from './lib/print-table.mjs';
import { inTurns, median } from './lib/turns.mjs';

const MODEL = new URL('../model/tiny/lpips_sq.onnx', import.meta.url);
const [WIDTH, HEIGHT] = [1920, 1080];
const FORMATS = [
  { chroma: '420', bitDepth: 8 },
  { chroma: '420', bitDepth: 10 },
  { chroma: '444', bitDepth: 8 },
];
/** Frames of the clip that is scored: so few that the start of the thread weighs what it does in a short clip. */
const FRAMES = 8;

export async function run({ rounds }) {
  printConversion(rounds);
  if (!existsSync(MODEL)) {
    console.log('clip skipped: no model; make it with: npm run vqforge -- export lpips');
    return;
  }
  await printClip(rounds);
}

function printConversion(rounds) {
  const out = new Float32Array(3 * WIDTH * HEIGHT);
  const rows = FORMATS.flatMap((format) =>
    [{}, { compat: 'fork' }].map((colour) => {
      const frame = noisyFrame(format, 1);
      const milliseconds = Array.from({ length: 10 * rounds }, () => {
        const start = performance.now();
        frameToTensor(frame, colour, out);
        return performance.now() - start;
      });
      const name = `${format.chroma}, ${format.bitDepth} bits${colour.compat === undefined ? '' : ', compat fork'}`;
      return [name, Math.min(...milliseconds).toFixed(1), median(milliseconds).toFixed(1)];
    }),
  );
  printTable([`milliseconds per frame of ${WIDTH}×${HEIGHT}`, 'shortest', 'median'], rows);
}

async function printClip(rounds) {
  const folder = await mkdtemp(join(tmpdir(), 'vqforge-bench-'));
  try {
    const [reference, distorted] = [join(folder, 'ref.y4m'), join(folder, 'dist.y4m')];
    await writeClip(reference, 1);
    await writeClip(distorted, 100);
    const session = await openModel(readFileSync(MODEL), 1);
    const [ref, dist] = [images(1, WIDTH, HEIGHT, 1), images(1, WIDTH, HEIGHT, 2)];
    await session.run({ ref, dist });
    const sides = {
      bare: async () => {
        for (let frame = 0; frame < FRAMES; frame++) await session.run({ ref, dist });
      },
      clip: async () => {
        const clips = await openTensorSets({ reference, distorted: [distorted] });
        for await (const set of clips.sets())
          await session.run({ ref: tensor(ref, set.reference), dist: tensor(dist, set.distorted) });
      },
    };
    const { bare, clip } = await inTurns(
      { bare: () => timed(sides.bare), clip: () => timed(sides.clip) },
      rounds,
    );
    const least = (runs, key) => Math.min(...runs.map((run) => run[key]));
    const per = (runs) => (least(runs, 'milliseconds') / FRAMES).toFixed(1);
    const ratio = (key) => (least(clip, key) / least(bare, key)).toFixed(3);
    printTable(
      [
        `milliseconds per pair, ${FRAMES} pairs, 1 thread`,
        'session.run',
        'clip to score',
        '× clock',
        '× processor',
      ],
      [[`${WIDTH}×${HEIGHT}`, per(bare), per(clip), ratio('milliseconds'), ratio('processor')]],
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Another tensor of the same shape. */
function tensor(like, data) {
  return new like.constructor('float32', data, like.dims);
}

/** By the clock, and by processor time of all threads, which other work on the machine hardly changes. */
async function timed(side) {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await side();
  const milliseconds = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  return { milliseconds, processor: (user + system) / 1000 };
}

async function writeClip(path, seed) {
  const file = await open(path, 'w');
  await file.write(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F25:1 Ip C420\n`);
  for (let frame = 0; frame < FRAMES; frame++) {
    await file.write('FRAME\n');
    await file.write(noisyFrame(FORMATS[0], seed + frame).data);
  }
  await file.close();
}

/** Samples that wander from one to the next, as those of a picture do. */
function noisyFrame({ chroma, bitDepth }, seed) {
  const samples = WIDTH * HEIGHT * (chroma === '420' ? 1.5 : 3);
  const data = bitDepth === 8 ? new Uint8Array(samples) : new Uint16Array(samples);
  const most = 2 ** bitDepth - 1;
  let [state, value] = [seed, most >> 1];
  for (let at = 0; at < samples; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    value = (value + (state >>> 28) - 7) & most;
    data[at] = value;
  }
  const format = { width: WIDTH, height: HEIGHT, chroma, bitDepth, frameRate: null, range: null };
  return { index: 0, format, data: new Uint8Array(data.buffer) };
}
