// Reads damaged Y4M and raw YUV streams with the built package and fails on anything but whole frames and coded errors.
// Run by hand after a build: node packages/media/fuzz/y4m.mjs [streams, 20000] [seed, 1]
import { register } from 'tsx/esm/api';
import { frameToTensor, VideoError } from '@vqforge/media';
import { openVideo } from '@vqforge/media/node';

register(); // the test helpers are TypeScript
const { generator, inChunks, integer, noise, pick, y4m } = await import(
  new URL('../test/clips.ts', import.meta.url)
);

const [count = 20_000, seed = 1] = process.argv.slice(2).map(Number);
/** What reading any small stream may take; a header may promise 403 MB a frame. */
const MOST_BYTES = 16 * 2 ** 20;
const MOST_MILLISECONDS = 1000;
const CHROMAS = ['400', '420', '422', '444'];
const DEPTHS = [8, 10, 12, 16];
/** What numbers and tags become. */
const WORDS = [
  '0',
  '-1',
  '1',
  '3',
  '65535',
  '8192',
  '4294967296',
  '9'.repeat(400),
  '1e3',
  'NaN',
  '',
  ' ',
  '\n',
  '\0',
];
const TAGS = [
  ' W9',
  ' H',
  ' C420p10',
  ' C420p16',
  ' Cmono',
  ' C444',
  ' C411',
  ' F0:0',
  ' F1:',
  ' It',
  ' XCOLORRANGE=FULL',
];

/** Each makes other bytes of some. */
const MUTATIONS = [
  // bits, in the header more often than in the samples
  (bytes) => flip(bytes, integer(random, 0, Math.min(bytes.length, 60) - 1)),
  (bytes) => flip(bytes, integer(random, 0, bytes.length - 1)),
  // ends anywhere, and one byte short
  (bytes) => bytes.subarray(0, integer(random, 0, bytes.length)),
  (bytes) => bytes.subarray(0, Math.max(0, bytes.length - 1)),
  (bytes) => splice(bytes, integer(random, 0, bytes.length), integer(random, 0, 8), ''),
  (bytes) => splice(bytes, integer(random, 0, bytes.length), 0, pick(random, WORDS)),
  // a number or a tag of the header
  (bytes) => {
    const numbers = [...headerOf(bytes).matchAll(/\d+/g)];
    if (numbers.length === 0) return bytes;
    const { index, 0: text } = pick(random, numbers);
    return splice(bytes, index, text.length, pick(random, WORDS));
  },
  (bytes) => splice(bytes, headerOf(bytes).length, 0, pick(random, TAGS)),
  // a frame marker
  (bytes) => {
    const at = bytes.indexOf('FRAME\n', integer(random, 0, bytes.length));
    return at < 0
      ? bytes
      : splice(bytes, at, 6, pick(random, ['FRAME', 'FRAM\n', 'FRAME Ip\n', 'FRAMES\n', '\n', 'YUV4MPEG2 ']));
  },
];

const random = generator(seed);
const outcomes = new Map();
const problems = [];
const slowest = { milliseconds: 0, stream: -1 };

for (let stream = 0; stream < count; stream++) {
  const { bytes, raw } = damaged();
  const start = performance.now();
  const before = process.memoryUsage().arrayBuffers;
  const outcome = await read(bytes, raw);
  const used = process.memoryUsage().arrayBuffers - before;
  const milliseconds = performance.now() - start;
  outcomes.set(outcome.name, (outcomes.get(outcome.name) ?? 0) + 1);
  if (milliseconds > slowest.milliseconds) Object.assign(slowest, { milliseconds, stream });
  if (outcome.problem !== undefined) problems.push(`stream ${stream}: ${outcome.problem}`);
  if (used > MOST_BYTES) problems.push(`stream ${stream}: used ${used} bytes`);
  if (milliseconds > MOST_MILLISECONDS) problems.push(`stream ${stream}: took ${milliseconds.toFixed(0)} ms`);
}

console.log(`${count} damaged streams, seed ${seed}`);
console.log([...outcomes].map(([name, number]) => `${name} ${number}`).join(', '));
console.log(`slowest ${slowest.milliseconds.toFixed(1)} ms (stream ${slowest.stream})`);
console.log(`peak RSS ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB`);
console.log(problems.length === 0 ? 'no problem' : problems.join('\n'));
process.exitCode = problems.length === 0 ? 0 : 1;

/** Frames must be whole and convert to finite values; an error must be coded and count the frames before it. */
async function read(bytes, raw) {
  let good = 0;
  let video;
  try {
    video = await openVideo({ stream: inChunks(bytes, random, 200) }, raw === undefined ? {} : { raw });
    for await (const frame of video.frames()) {
      if (frame.index !== good)
        return { name: 'wrong', problem: `frame ${frame.index} came as number ${good}` };
      good++;
      if (!frameToTensor(frame).every(Number.isFinite))
        return { name: 'wrong', problem: `frame ${frame.index} has values that are not finite` };
    }
    return { name: 'whole' };
  } catch (error) {
    if (!(error instanceof VideoError)) return { name: 'uncoded', problem: error.stack ?? String(error) };
    // a header that is refused has no frames to count
    if ((video !== undefined || error.goodFrames !== null) && error.goodFrames !== good)
      return {
        name: error.code,
        problem: `${error.message}: counts ${error.goodFrames} frames, ${good} came`,
      };
    return { name: error.code };
  } finally {
    await video?.close();
  }
}

function damaged() {
  const shape = {
    width: integer(random, 1, 12),
    height: integer(random, 1, 12),
    chroma: pick(random, CHROMAS),
    bitDepth: pick(random, DEPTHS),
  };
  const frames = Array.from({ length: integer(random, 0, 4) }, () => noise(shape, random));
  const isRaw = random() < 0.15;
  let bytes = Buffer.from(isRaw ? Buffer.concat(frames) : y4m(shape, frames));
  const mutations = integer(random, 1, 4);
  for (let mutation = 0; mutation < mutations; mutation++) bytes = pick(random, MUTATIONS)(bytes);
  return { bytes, raw: isRaw ? shape : undefined };
}

function flip(bytes, at) {
  if (bytes.length === 0) return bytes;
  const changed = Buffer.from(bytes);
  changed[at] ^= 1 << integer(random, 0, 7);
  return changed;
}

function splice(bytes, at, remove, text) {
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(text, 'latin1'), bytes.subarray(at + remove)]);
}

function headerOf(bytes) {
  const end = bytes.indexOf('\n');
  return bytes.subarray(0, end < 0 ? 0 : end).toString('latin1');
}
