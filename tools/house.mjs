// `node tools/house.mjs`: the packages by level, as package.json files have them, each with what its sources import.
import { fileURLToPath } from 'node:url';
import { packageLevels } from './lib/package-levels.mjs';
import { readWorkspace } from './lib/workspace.mjs';

const { packages } = readWorkspace(fileURLToPath(new URL('..', import.meta.url)));
const { levels, imports, circles } = packageLevels(packages);

for (const [name, level] of [...levels].sort(([a, i], [b, j]) => i - j || (a < b ? -1 : 1)))
  console.log(`${level}  ${name.padEnd(9)} ${imports.get(name).sort().join(' ') || '–'}`);
console.log(
  circles.length === 0 ? 'no circle' : `circles: ${circles.map((circle) => circle.join(' → ')).join('; ')}`,
);
