// Modules that one run of the unbundled command evaluates, by package, in its own thread:
// `node tools/modules.mjs score --reference ref.y4m --distorted dist.y4m --model lpips …`. `--list` prints their paths.
// Modules of CommonJS packages are loaded by require, which no hook sees; they are counted from Node's cache at the end.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const args = process.argv.slice(2);
const isList = args[0] === '--list';
if (isList) args.shift();
const folder = mkdtempSync(join(tmpdir(), 'vqforge-modules-'));
const log = join(folder, 'loaded.txt');
writeFileSync(log, '');
const recorder = new URL('../testing/module-recorder.mjs', import.meta.url).href;
const main = fileURLToPath(new URL('../packages/cli/dist/main.js', import.meta.url));
const { status } = spawnSync(process.execPath, ['--import', recorder, main, ...args], {
  stdio: ['inherit', 2, 2],
  env: { ...process.env, MODULE_LOG: log },
});
const [imported, all] = [/\n\n[^]*/, ''].map((ignored) => [
  ...new Set(
    readFileSync(log, 'utf8')
      .replace(ignored, '')
      .split('\n')
      .filter((url) => url.startsWith('file:') && !url.includes('/testing/')),
  ),
]);
rmSync(folder, { recursive: true });

const counts = new Map();
for (const url of all) {
  const name = packageOf(url);
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
if (isList) for (const url of all) console.log(fileURLToPath(url));
for (const [name, count] of [...counts].sort(([, a], [, b]) => b - a))
  console.log(String(count).padStart(5), name);
console.log(
  `${String(all.length).padStart(5)} modules, ${all.length - imported.length} of them by require alone, exit ${status}`,
);

function packageOf(url) {
  const [, own] = url.match(/\/packages\/([^/]+)\/dist\//) ?? [];
  if (own !== undefined) return `@vqforge/${own}`;
  return url.match(/.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1] ?? url;
}
