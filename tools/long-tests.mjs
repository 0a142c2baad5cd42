// `npm run test:long [name…]`: scripts that take minutes, one after the other. Each says what it saw, and fails by itself.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './lib/check.mjs';

const folder = join(root, 'tools', 'long');
const wanted = process.argv.slice(2);
const scripts = readdirSync(folder)
  .filter(
    (name) => name.endsWith('.mjs') && (wanted.length === 0 || wanted.includes(name.replace('.mjs', ''))),
  )
  .sort();
const failed = scripts.filter((name) => {
  console.log(`# ${name}`);
  return spawnSync(process.execPath, [join(folder, name)], { stdio: 'inherit', cwd: root }).status !== 0;
});
console.log(
  `${scripts.length - failed.length} passed, ${failed.length} failed${failed.length > 0 ? `: ${failed.join(', ')}` : ''}`,
);
process.exitCode = failed.length === 0 ? 0 : 1;
