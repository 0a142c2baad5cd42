// `node tools/house.mjs`: the packages by level, as package.json files have them, each with the lines of code in its src (no
// blank lines, no comments, nothing generated) and what it imports.
import { fileURLToPath } from 'node:url';
import { packageLevels } from './lib/package-levels.mjs';
import { readWorkspace } from './lib/workspace.mjs';

const { packages } = readWorkspace(fileURLToPath(new URL('..', import.meta.url)));
const { levels, imports, circles } = packageLevels(packages);

const lines = new Map(
  packages.map(({ name, src }) => [name, src.reduce((sum, { codeLines }) => sum + codeLines, 0)]),
);

for (const [name, level] of [...levels].sort(([a, i], [b, j]) => i - j || (a < b ? -1 : 1))) {
  const columns = [
    level,
    ` ${name.padEnd(9)}`,
    String(lines.get(name)).padStart(6),
    ` ${imports.get(name).sort().join(' ') || '–'}`,
  ];
  console.log(columns.join(' '));
}
console.log(`${[...lines.values()].reduce((sum, count) => sum + count, 0)} lines of code`);
console.log(
  circles.length === 0 ? 'no circle' : `circles: ${circles.map((circle) => circle.join(' → ')).join('; ')}`,
);
