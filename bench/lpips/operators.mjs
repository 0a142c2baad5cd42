// Where the time of a pair goes, by operator: operators.mjs <model> <width> <height> prints JSON, [name, share][].
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { images, openModel } from './model.mjs';

const RUNS = 10;
const [path, width, height] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'vqforge-operators-'));
try {
  const session = await openModel(readFileSync(path), 1, {
    enableProfiling: true,
    profileFilePrefix: join(folder, 'profile'),
  });
  for (let run = 0; run < RUNS; run++)
    await session.run({ ref: images(1, +width, +height, 1), dist: images(1, +width, +height, 2) });
  session.endProfiling();
  const [file] = readdirSync(folder);
  const times = new Map();
  for (const { cat, name, dur, args } of JSON.parse(readFileSync(join(folder, file), 'utf8')))
    if (cat === 'Node' && name.endsWith('kernel_time'))
      times.set(args.op_name, (times.get(args.op_name) ?? 0) + dur);
  const total = [...times.values()].reduce((sum, time) => sum + time);
  const shares = [...times].map(([name, time]) => [name, time / total]).sort(([, a], [, b]) => b - a);
  console.log(JSON.stringify(shares));
} finally {
  rmSync(folder, { recursive: true });
}
