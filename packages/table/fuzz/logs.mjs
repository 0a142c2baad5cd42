// Reads damaged and rewritten libvmaf logs with the built package, and fails on anything but a coded refusal or a log
// whose columns are whole. Run by hand after a build: node packages/table/fuzz/logs.mjs [logs, 20000] [seed, 1]
import { readdirSync, readFileSync } from 'node:fs';
import { completeFeatures, FEATURE_SETS, featuresOf, readVmafLog, TableError } from '@vqforge/table';

const [count = 20_000, seed = 1] = process.argv.slice(2).map(Number);
const MAX_BYTES = 2 ** 22;
const SLOW_MS = 1000; // whole fixtures take about one

/** Pieces of the three grammars, and of those that hide in them. */
const TOKENS = [
  [
    '{',
    '}',
    '[',
    ']',
    '"',
    ':',
    ',',
    '\\',
    '\\u0000',
    'null',
    'true',
    '{"frameNum":',
    '"metrics":{',
    '"frames":[',
  ],
  [
    '<',
    '>',
    '/>',
    '</',
    '<frame ',
    '<VMAF>',
    '</VMAF>',
    '<!--',
    '-->',
    '<!DOCTYPE a [',
    '<![CDATA[',
    '&amp;',
    '<?',
    '="',
  ],
  ['\n', '\r', '\r\n', ',,', '""', ' ', '\t', 'Frame,', '\ufeff', '\0', '\u2028', '🎞', '__proto__'],
  [
    '0',
    '-1',
    '1e999',
    '-0',
    '0x10',
    'nan',
    '-inf',
    '1.',
    '.5',
    '9'.repeat(400),
    '4294967295',
    '4294967296',
    '1e-400',
  ],
].flat();

/** The "minimal standard" generator of Park and Miller, https://doi.org/10.1145/63039.63042 */
let state = seed;
const random = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
const below = (limit) => Math.floor(random() * limit);
const pick = (values) => values[below(values.length)];

const splice = (bytes, at, remove, insert) =>
  Buffer.concat([
    bytes.subarray(0, at),
    Buffer.from(insert),
    bytes.subarray(Math.min(at + remove, bytes.length)),
  ]);
const stretch = (bytes) => {
  const at = below(bytes.length);
  return bytes.subarray(at, at + 1 + below(200));
};
const MUTATIONS = [
  (bytes) => splice(bytes, below(bytes.length), 1, [below(256)]),
  (bytes) => splice(bytes, below(bytes.length), below(20), ''),
  (bytes) => bytes.subarray(0, below(bytes.length)),
  (bytes) => splice(bytes, below(bytes.length), below(4), pick(TOKENS)),
  (bytes) => splice(bytes, below(bytes.length), 0, pick(TOKENS).repeat(1 + below(3000))),
  (bytes) => splice(bytes, below(bytes.length), 0, stretch(bytes)),
  (bytes) => splice(bytes, below(bytes.length), 0, stretch(pick(originals).bytes)),
  (bytes) =>
    Buffer.from(
      bytes.toString('latin1').replace(/\d+\.\d+/, () => pick(TOKENS)),
      'latin1',
    ),
  (bytes) => {
    const text = bytes.toString('latin1', 0, 20_000); // a word of a megabyte of them would become gigabytes
    const words = text.match(/[a-z_0-9]+/gi) ?? [''];
    return Buffer.from(text.replaceAll(pick(words), pick([...words, ...TOKENS])), 'latin1');
  },
  (bytes) => Buffer.from(bytes.toString('latin1'), pick(['utf16le', 'utf8'])),
];

const fixtures = new URL('../test/logs/fixtures/', import.meta.url);
const originals = readdirSync(fixtures)
  .filter((name) => !name.endsWith('.md'))
  .map((name) => ({ name, bytes: readFileSync(new URL(name, fixtures)) }));

/** What is wrong with a log that was accepted. */
function problemOf(log) {
  if (log.frames.length === 0) return 'no frame';
  if (log.frames.some((frame, i) => i > 0 && frame <= log.frames[i - 1])) return 'frames do not ascend';
  for (const [name, values] of log.metrics) {
    if (values.length !== log.frames.length) return `${name} has ${values.length} values`;
    if (values.some((value) => Math.abs(value) === Infinity)) return `${name} is infinite`;
  }
  const complete = completeFeatures(log);
  if (!featuresOf(log, complete).every(Number.isFinite)) return 'a complete feature is not finite';
  try {
    const values = featuresOf(log, FEATURE_SETS.canonical6);
    return values.length === 6 * log.frames.length && values.every(Number.isFinite)
      ? undefined
      : 'bad features';
  } catch (error) {
    return error instanceof TableError ? undefined : String(error);
  }
}

const outcomes = new Map();
const problems = [];
const slowest = { milliseconds: 0, what: '' };
for (let i = 0; i < count; i++) {
  const { name, bytes: original } = pick(originals);
  let bytes = original;
  for (let n = 1 + below(3); n > 0 && bytes.length > 0; n--)
    bytes = pick(MUTATIONS)(bytes).subarray(0, MAX_BYTES);
  const what = `log ${i} of seed ${seed} (${name}, ${bytes.length} bytes)`;
  const start = performance.now();
  const result = await readVmafLog(bytes).catch((error) => error);
  const milliseconds = performance.now() - start;
  if (milliseconds > slowest.milliseconds) Object.assign(slowest, { milliseconds, what });
  if (milliseconds > SLOW_MS) problems.push(`${what}: ${milliseconds.toFixed(0)} ms`);
  const outcome =
    result instanceof TableError ? result.code : result instanceof Error ? 'UNCODED' : 'accepted';
  outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  if (outcome === 'UNCODED') problems.push(`${what}: ${result.stack}`);
  if (result instanceof TableError && (result.message.length > 600 || result.message.includes('\n')))
    problems.push(
      `${what}: a message of ${result.message.length} characters: ${result.message.slice(0, 200)}`,
    );
  const problem = outcome === 'accepted' ? problemOf(result) : undefined;
  if (problem !== undefined) problems.push(`${what}: ${problem}`);
}

console.log(`${count} logs: ${[...outcomes].map(([code, n]) => `${n} ${code}`).join(', ')}`);
console.log(`slowest ${slowest.milliseconds.toFixed(0)} ms: ${slowest.what}`);
for (const problem of problems.slice(0, 20)) console.log(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
