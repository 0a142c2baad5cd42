// Reads crafted and damaged weight files with the built package and fails on anything but a coded refusal or whole
// tensors. Run by hand after a build: node packages/export/fuzz/weights.mjs [damaged files, 20000] [seed, 1]
import { readdirSync, readFileSync } from 'node:fs';
import { register } from 'tsx/esm/api';
import { readWeights } from '@vqforge/export';

register(); // the test helpers are TypeScript
const helpers = new URL('../test/weights/helpers/', import.meta.url);
const { hostilePickles } = await import(new URL('hostile-pickles.ts', helpers));
const { hostileLegacyFiles, hostileZips, otherFiles } = await import(
  new URL('hostile-containers.ts', helpers)
);
const { hostileSafetensors } = await import(new URL('hostile-safetensors.ts', helpers));
const { mutants } = await import(new URL('mutations.ts', helpers));
const { attackProblems, readOutcome } = await import(new URL('outcome.ts', helpers));
const { randomIntegers } = await import(new URL('random.ts', helpers));

const [count = 20_000, seed = 1] = process.argv.slice(2).map(Number);
const FIXED_BYTES = 32 * 2 ** 20; // what a reader may use for any file, however small
const codes = new Map();
const slowest = { milliseconds: 0, name: '' };
const largest = { bytes: 0, name: '' };
const problems = [];

function memory() {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function observe(name, bytes) {
  const before = memory();
  const outcome = readOutcome(bytes, readWeights);
  const used = memory() - before; // garbage included, unless a collection happened in between
  codes.set(outcome.code, (codes.get(outcome.code) ?? 0) + 1);
  if (outcome.milliseconds > slowest.milliseconds)
    Object.assign(slowest, { milliseconds: outcome.milliseconds, name });
  if (used > largest.bytes) Object.assign(largest, { bytes: used, name });
  if (outcome.problem !== undefined) problems.push(`${name}: ${outcome.problem}`);
  if (used > FIXED_BYTES + 4 * bytes.length)
    problems.push(`${name}: used ${used} bytes for a file of ${bytes.length}`);
}

const attacks = [
  ...hostilePickles(),
  ...hostileZips(),
  ...hostileLegacyFiles(),
  ...otherFiles(),
  ...hostileSafetensors(),
];
for (const attack of attacks) {
  observe(attack.name, attack.bytes);
  problems.push(...attackProblems(attack, readWeights));
}

const fixtures = new URL('../test/weights/fixtures/', import.meta.url);
const files = readdirSync(fixtures).filter((name) => name.endsWith('.pth'));
const damaged = mutants(
  randomIntegers(seed),
  files.map((name) => new Uint8Array(readFileSync(new URL(name, fixtures)))),
);
for (let index = 0; index < count; index++)
  observe(`damaged file ${index} of seed ${seed}`, damaged.next().value);

console.log(`${attacks.length} crafted and ${count} damaged files, seed ${seed}`);
console.log([...codes].map(([code, number]) => `${code} ${number}`).join(', '));
console.log(`slowest ${slowest.milliseconds.toFixed(1)} ms (${slowest.name})`);
console.log(
  `most memory ${(largest.bytes / 2 ** 20).toFixed(1)} MiB (${largest.name}), peak RSS ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB`,
);
console.log(problems.length === 0 ? 'no problem' : problems.join('\n'));
process.exitCode = problems.length === 0 ? 0 : 1;
