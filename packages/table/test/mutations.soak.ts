/**
 * The long form of mutations.test.ts, by hand: `npx tsx packages/table/test/mutations.soak.ts [count] [seed] [file…]`
 * (default: 2,500 mutations over test/fixtures and open9). Ends with exit code 1 when a damaged file gives a wrong answer.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadFeatureTable } from '@vqforge/table';
import { mutate, outcome } from './helpers/mutations.ts';
import { at, seeded } from './helpers/small-table.ts';

const [count = '2500', seed = '1', ...named] = process.argv.slice(2);
const fixtures = fileURLToPath(new URL('fixtures/', import.meta.url));
const open9 = fileURLToPath(new URL('../../../datasets/open9/open9_features.parquet', import.meta.url));
const byDefault = readdirSync(fixtures)
  .filter((name) => name.endsWith('.parquet'))
  .map((name) => fixtures + name)
  .concat(open9);
const files = named.length > 0 ? named : byDefault;
const folder = mkdtempSync(join(tmpdir(), 'vqforge-mutations-'));
const random = seeded(Number(seed));
const tally = new Map<string, number>();
let slowest = 0;
let wrong = 0;
const originals = await Promise.all(
  files.map(async (path) => ({
    bytes: readFileSync(path),
    table: await loadFeatureTable({ paths: [path], features: 'canonical6' }),
  })),
);
for (let i = 0; i < Number(count); i++) {
  const { bytes, table } = at(originals, i % originals.length);
  const damaged = mutate(bytes, random);
  const { kind, detail, milliseconds } = await outcome(join(folder, 'damaged.parquet'), damaged.bytes, table);
  const where = damaged.inFooter ? 'footer' : 'pages';
  const key = kind === 'refused' ? `${where}: refused ${detail}` : `${where}: ${kind}`;
  tally.set(key, (tally.get(key) ?? 0) + 1);
  slowest = Math.max(slowest, milliseconds);
  if (kind === 'wrong' || (kind === 'values' && damaged.inFooter)) {
    wrong++;
    console.error(`mutation ${i} of ${files[i % files.length]} (${where}): ${kind} ${detail}`);
  }
}
rmSync(folder, { recursive: true });
for (const [key, number] of [...tally].sort(([a], [b]) => (a < b ? -1 : 1)))
  console.log(`${String(number).padStart(6)} ${key}`);
console.log(
  `${count} mutations, seed ${seed}: ${wrong} wrong answers, slowest load ${slowest.toFixed(0)} ms`,
);
process.exitCode = wrong === 0 ? 0 : 1;
