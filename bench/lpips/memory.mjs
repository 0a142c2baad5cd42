// Prints the peak resident memory, in KiB, of a process that scores a pair three times: memory.mjs <model> <width> <height>
import { readFileSync } from 'node:fs';
import { images, openModel } from './model.mjs';

const [path, width, height] = process.argv.slice(2);
const session = await openModel(readFileSync(path), 1);
for (let run = 0; run < 3; run++) {
  await session.run({ ref: images(1, +width, +height, 1), dist: images(1, +width, +height, 2) });
}
// on Linux, maxRSS begins with that of the process that started this one
const own = /^VmHWM:\s*(\d+) kB$/m;
console.log(
  process.platform === 'linux'
    ? own.exec(readFileSync('/proc/self/status', 'utf8'))[1]
    : process.resourceUsage().maxRSS,
);
