// Damages parquet and CSV files in memory and has everything but the wasm decoder look at them: footer, plan, pages, the file
// of row groups that the decoder would get; rows and names of CSV. Fails on anything but a coded refusal or a plan whose sizes are
// within bounds. Run by hand after a build: node packages/table/fuzz/tables.mjs [inputs per format, 100000] [seed, 1]
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ColumnSink } from '../dist/column-sink.js';
import { decodeCsv, scanCsv } from '../dist/csv-file.js';
import { TableError } from '../dist/errors.js';
import { readInputFile } from '../dist/input-files.js';
import { NameCodes } from '../dist/name-codes.js';
import { planRead } from '../dist/read-plan.js';
import { rowGroupFile } from '../dist/row-group-file.js';

const [count = 100_000, seed = 1] = process.argv.slice(2).map(Number);
const SLOW_MS = 500; // whole fixtures take one or two
const MAX_BYTES = 2 ** 26; // of the file that the decoder would get

let state = seed;
/** The "minimal standard" generator of Park and Miller. */
const random = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
const below = (limit) => Math.floor(random() * limit);

function mutate(original, footerStart) {
  const bytes = Buffer.from(original);
  for (let changes = 1 + below(3); changes > 0; changes--) {
    const at = random() < 0.5 ? footerStart + below(bytes.length - footerStart) : below(bytes.length);
    const kind = below(6);
    if (kind < 2) bytes[at] ^= 1 << below(8);
    else if (kind === 2) bytes[at] = below(256);
    else if (kind === 3) bytes[at] = [0x00, 0xff, 0x7f, 0x80][below(4)];
    else if (kind === 4) bytes.fill(bytes[below(bytes.length)], at, Math.min(at + below(16), bytes.length));
    else bytes.copy(bytes, at, below(bytes.length), below(bytes.length));
  }
  return random() < 0.05 ? bytes.subarray(0, below(bytes.length)) : bytes;
}

const fixtures = fileURLToPath(new URL('../test/fixtures/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'vqforge-fuzz-'));
const path = join(folder, 'damaged');
const tally = new Map();
const note = (key) => tally.set(key, (tally.get(key) ?? 0) + 1);
let [wrong, slowest] = [0, 0];

async function attempt(format, work) {
  const start = process.cpuUsage();
  try {
    await work();
    note(`${format}: accepted`);
  } catch (error) {
    const isRefusal =
      error instanceof TableError || (error instanceof RangeError && error.code === undefined);
    note(`${format}: ${error instanceof TableError ? error.code : error.name}`);
    if (!isRefusal) {
      wrong++;
      console.error(error);
    }
  }
  const took = process.cpuUsage(start).user / 1000; // a busy machine slows no input down
  slowest = Math.max(slowest, took);
  if (took > SLOW_MS) {
    wrong++;
    console.error(`${format}: took ${took.toFixed(0)} ms`);
  }
}

const OPTIONS = {
  features: 'canonical6',
  teacherColumn: 'vmaf',
  map: new Map(),
  checkKeys: true,
  maxRows: 2 ** 27,
};

async function parquet(bytes) {
  const file = await readInputFile(path);
  const plan = planRead([file], OPTIONS);
  for (const { content } of plan.pieces) {
    if (content.format !== 'parquet') continue;
    const read = (start, length) => new Uint8Array(bytes.subarray(start, start + length)).buffer;
    const { blob } = rowGroupFile(content, read);
    if (blob.size > MAX_BYTES) throw new Error(`a file of ${blob.size} bytes for one of ${bytes.length}`);
  }
}

function csv() {
  const { rows, columns, delimiter } = scanCsv(path);
  if (rows > 1e6) throw new Error(`${rows} rows`);
  const outputs = columns.map(({ name, text }) =>
    text === undefined
      ? { name, kind: 'number', values: new Float64Array(rows) }
      : { name, kind: 'name', values: new Uint32Array(rows) },
  );
  const names = outputs.map(() => new NameCodes());
  const sink = new ColumnSink(outputs, names, { firstRow: 0, rows }, () => undefined);
  decodeCsv(
    path,
    delimiter,
    columns.map((_, column) => ({ column })),
    sink,
  );
  sink.finish();
}

const tables = readdirSync(fixtures)
  .filter((name) => name.endsWith('.parquet'))
  .map((name) => readFileSync(fixtures + name));
for (let i = 0; i < count; i++) {
  const original = tables[i % tables.length];
  const bytes = mutate(original, original.length - 8 - original.readUInt32LE(original.length - 8));
  writeFileSync(path, bytes);
  await attempt('parquet', () => parquet(bytes));
}
const text = Buffer.from(
  `source,dis_basename,frame_index,vmaf,adm2\n${Array.from({ length: 40 }, (_, i) => `"a, ""b""",x.y4m,${i},${i / 7},-nan(ind)`).join('\r\n')}\n`,
);
for (let i = 0; i < count; i++) {
  writeFileSync(path, mutate(text, 0));
  await attempt('csv', csv);
}
rmSync(folder, { recursive: true });
for (const [key, number] of [...tally].sort(([a], [b]) => (a < b ? -1 : 1)))
  console.log(`${String(number).padStart(7)} ${key}`);
console.log(`${count} inputs per format, seed ${seed}: ${wrong} wrong, slowest ${slowest.toFixed(0)} ms`);
process.exitCode = wrong === 0 ? 0 : 1;
