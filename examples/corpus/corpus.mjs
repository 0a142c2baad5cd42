// From nothing to a trained regressor: references by formula, a ladder of encodes, a corpus run, a table, a training that
// ships nothing. `node examples/corpus/corpus.mjs [folder] [teacher]`; needs ffmpeg, and the teacher's model file
// (`vqforge weights pull vmaf_v0.6.1`).
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const [folder = 'corpus-example', teacher = 'vmaf_v0.6.1'] = process.argv.slice(2);
const [WIDTH, HEIGHT, FRAMES] = [192, 108, 24];

/** Light at (x, y) of frame t, from -1 to 1: four contents that move, with edges and texture. */
const CONTENTS = {
  waves: (x, y, t) => Math.sin((x + 2 * t) / 7) * Math.cos((y - t) / 5),
  rings: (x, y, t) => Math.sin(Math.hypot(x - 96, y - 54) / 3 - t / 2),
  blocks: (x, y, t) => ((((x + 3 * t) >> 4) + (y >> 4)) % 3) - 1 + 0.2 * Math.sin(x * y),
  grain: (x, y, t) => 0.6 * Math.sin(x * x + 37 * y * y + 11 * t) + 0.4 * Math.sin((x + y + t) / 20),
};

mkdirSync(join(folder, 'references'), { recursive: true });
const references = Object.entries(CONTENTS).map(([name, light]) => {
  const path = join(folder, 'references', `${name}.y4m`);
  writeFileSync(path, y4m(light));
  return path;
});

vqforge(
  'corpus',
  'encode',
  ...references,
  '--ladder',
  at('ladder.json'),
  '--out',
  join(folder, 'renditions'),
  '--license',
  'CC0-1.0',
);
vqforge(
  'corpus',
  'run',
  join(folder, 'renditions/corpus.csv'),
  '--out',
  join(folder, 'run'),
  '--scale',
  '--teacher',
  teacher,
);
vqforge(
  'train',
  '--parquet',
  join(folder, 'run/features.parquet'),
  '--no-export',
  '--epochs',
  '20',
  '--metrics-out',
  join(folder, 'metrics.json'),
);

/** Grey Y4M, 4:2:0 of 8 bits. */
function y4m(light) {
  const chroma = Buffer.alloc((WIDTH * HEIGHT) / 2, 128);
  const frames = Array.from({ length: FRAMES }, (_, t) => {
    const luma = Buffer.from(
      Uint8Array.from(
        { length: WIDTH * HEIGHT },
        (_value, i) => 126 + 90 * light(i % WIDTH, Math.floor(i / WIDTH), t),
      ),
    );
    return Buffer.concat([Buffer.from('FRAME\n'), luma, chroma]);
  });
  return Buffer.concat([Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F24:1 Ip A1:1 C420jpeg\n`), ...frames]);
}

function vqforge(...args) {
  console.log(`\n$ vqforge ${args.join(' ')}`);
  execFileSync(process.execPath, [at('../../packages/cli/bin/vqforge.js'), ...args], { stdio: 'inherit' });
}
