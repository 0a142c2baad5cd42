// Parquet files that are damaged in bytes, in numbers of footer and page headers, in order and in length, made from seeds, through
// `score --features-from`. Each is read or refused by a code, within a bound of memory; where pages have checksums, what is read has
// the scores of the whole file.
// node tools/long/hostile-parquet.mjs [files, 3000] [seed, 1]
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../lib/check.mjs';
import { generator } from '../lib/generator.mjs';
import { SharedCommands } from '../lib/shared-commands.mjs';

const [count = 3000, seed = 1] = process.argv.slice(2).map(Number);
const random = generator(seed);
const below = (limit) => Math.floor(limit * random());
const pick = (list) => list[below(list.length)];
const MOST_MIB = 700;
const HANGS_MS = 120_000;

const folder = mkdtempSync(join(tmpdir(), 'vqforge-parquet-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, 'city_x.parquet');
const commands = new SharedCommands();

async function scored(bytes) {
  writeFileSync(path, bytes);
  const { code, stdout, stderr } = await commands.run(['score', '--features-from', path, '--json'], HANGS_MS);
  const frames = code === 0 ? JSON.parse(stdout).frames : [];
  return { code, stderr, scores: frames.map(({ metrics }) => Object.values(metrics).join()).join(';') };
}

/** Files of all writers and encodings that `score` reads. */
const originals = [];
for (const source of ['.', 'cases/parquet', 'odd'].map((name) =>
  join(root, 'packages/table/test/fixtures', name),
)) {
  for (const name of readdirSync(source).filter((other) => /\.(parquet|pq)$/.test(other))) {
    const bytes = readFileSync(join(source, name));
    const whole = await scored(bytes);
    if (whole.code === 0)
      originals.push({ name, bytes, scores: whole.scores, hasChecksums: /crc/.test(name) });
  }
}
if (originals.length === 0) throw new Error('no file to damage');

/** Signed integers of Thrift's compact protocol are zigzag varints; these stand for sizes, offsets, counts that cannot be. */
const VARINTS = [
  [0],
  [1],
  [2],
  [0x7f],
  [0xff, 0x7f],
  [0xfe, 0xff, 0xff, 0xff, 0x0f],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
  [0x80, 0x80, 0x80, 0x80, 0x10],
];

const MUTATIONS = {
  bit: (bytes, at) => ((bytes[at] ^= 1 << below(8)), bytes),
  byte: (bytes, at) => ((bytes[at] = pick([0, 0x7f, 0x80, 0xff, below(256)])), bytes),
  number: (bytes, at) => (Buffer.from(pick(VARINTS)).copy(bytes, at), bytes),
  moved: (bytes, at) => (bytes.copy(bytes, at, below(bytes.length), below(bytes.length)), bytes),
  cut: (bytes, at) => bytes.subarray(0, at),
  out: (bytes, at) => Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + below(40))]),
  into: (bytes, at) =>
    Buffer.concat([
      bytes.subarray(0, at),
      bytes.subarray(below(bytes.length)).subarray(0, below(60)),
      bytes.subarray(at),
    ]),
  'footer of another': (bytes) => {
    const { bytes: other } = pick(originals);
    return Buffer.concat([bytes.subarray(0, footerOf(bytes)), other.subarray(footerOf(other))]);
  },
  'length of the footer': (bytes) => (
    bytes.writeUInt32LE(
      pick([0, 1, bytes.length, 2 ** 31, 2 ** 32 - 1, below(bytes.length)]),
      bytes.length - 8,
    ),
    bytes
  ),
};

function footerOf(bytes) {
  return Math.max(4, bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8));
}

const problems = [];
const codes = new Map();
let [read, checked] = [0, 0];
for (let at = 0; at < count; at++) {
  const original = pick(originals);
  const kind = pick(Object.keys(MUTATIONS));
  const footer = footerOf(original.bytes);
  const isInFooter = random() < 0.6;
  const place = isInFooter ? footer + below(original.bytes.length - footer) : 4 + below(footer - 4);
  const bytes = MUTATIONS[kind](Buffer.from(original.bytes), place);
  const what = `file ${at}, ${original.name}, ${kind} at ${place}`;
  const { code, stderr, scores } = await scored(bytes);
  if (code === 0) {
    read++;
    // a name or a statistic may change what is not scored; values may not
    if (!original.hasChecksums || isInFooter || bytes.length !== original.bytes.length) continue;
    checked++;
    if (scores !== original.scores) problems.push(`${what}: read to other scores, past its checksums`);
    continue;
  }
  let said = {};
  try {
    said = JSON.parse(stderr.trim().split('\n').at(-1)).error;
  } catch {
    // the summary below counts it
  }
  if (code !== 2 || typeof said.code !== 'string')
    problems.push(`${what}: exit ${code}: ${stderr.slice(0, 300)}`);
  else codes.set(said.code, (codes.get(said.code) ?? 0) + 1);
}
const most = commands.peakMiB();
if (most > MOST_MIB) problems.push(`${most.toFixed(0)} MiB, expected at most ${MOST_MIB}`);
await commands.close();
for (const problem of problems.slice(0, 25)) console.log(`PROBLEM ${problem}`);
console.log(
  `seed ${seed}: ${count} files made from ${originals.length}, ${read} read (${checked} of them held by checksums), refused: ${[...codes].map(([code, n]) => `${n} ${code}`).join(', ')}; peak ${most.toFixed(0)} MiB; ${problems.length} problems`,
);
process.exitCode = problems.length > 0 ? 1 : 0;
