// What a corpus costs beside the function that measures a pair: processor time per job, throughput, memory of the producer.
import { execFileSync, spawn } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FeatureExtractor, motionScores } from '../packages/features/dist/index.js';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const JOBS = 1000;
const QUEUED = 100_000;

export async function run({ rounds }) {
  const folder = mkdtempSync(join(tmpdir(), 'vqforge-bench-'));
  try {
    await overhead(folder, rounds);
    for (const frames of [48, 144]) throughput(folder, frames);
    await producer(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs Node with arguments; processor seconds of it and of all that it started and waited for, and what it printed. */
function timed(args) {
  const text = execFileSync('bash', ['-c', '"$@"; times', 'bash', process.execPath, ...args], {
    encoding: 'utf8',
  });
  const lines = text.trim().split('\n');
  const seconds = [...lines.at(-1).matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, m, s]) => sum + 60 * m + Number(s),
    0,
  );
  return { seconds, printed: lines.length > 2 ? JSON.parse(lines[0]) : undefined };
}

/** @returns a line per side: processor milliseconds per job, and what is added to the bare function */
async function overhead(folder, rounds) {
  const manifest = corpus(join(folder, 'small'), {
    sources: 20,
    renditions: JOBS / 20,
    width: 34,
    height: 33,
    frames: 2,
  });
  const redis = await server(folder);
  const sides = { bare: [], embedded: [], queue: [] };
  for (let round = 0; round < rounds; round++) {
    sides.bare.push(timed([at('corpus/side.mjs'), 'bare', manifest]).seconds);
    sides.embedded.push(
      timed([at('corpus/side.mjs'), 'embedded', manifest, join(folder, `embedded${round}`), '1']).seconds,
    );
    if (redis === undefined) continue;
    const out = join(folder, `queue${round}`);
    const worker = timedInBackground([at('corpus/worker.mjs'), out, redis.url, '1']);
    timed([at('corpus/side.mjs'), 'queue', manifest, out, '1', redis.url]);
    sides.queue.push((await worker).seconds);
  }
  redis?.stop();
  const perJob = (seconds) => (1000 * Math.min(...seconds)) / JOBS;
  for (const [side, seconds] of Object.entries(sides))
    if (seconds.length > 0)
      console.log(
        `${side}: ${perJob(seconds).toFixed(2)} ms of processor time per job of ${JOBS}${side === 'bare' ? '' : `, ${(perJob(seconds) - perJob(sides.bare)).toFixed(2)} more than bare`}`,
      );
}

function timedInBackground(args) {
  const child = spawn('bash', ['-c', '"$@"; times', 'bash', process.execPath, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part) => (text += part));
  return new Promise((resolve) => {
    child.on('close', () => {
      const last = text.trim().split('\n').at(-1);
      resolve({
        seconds: [...last.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
          (sum, [, m, s]) => sum + 60 * m + Number(s),
          0,
        ),
      });
    });
  });
}

/** 64 pairs of 576×324 on two processes, beside the kernels alone on frames in memory; what a process costs is shared by its frames. */
function throughput(folder, frames) {
  const [width, height, pairs] = [576, 324, 64];
  const manifest = corpus(join(folder, `large-${frames}`), {
    sources: 8,
    renditions: 8,
    width,
    height,
    frames,
  });
  // before and after, since a machine that is busy gives fewer instructions for a second
  const before = kernelsAlone(width, height);
  const { seconds, printed } = timed([
    at('corpus/side.mjs'),
    'embedded',
    manifest,
    join(folder, `throughput-${frames}`),
    '2',
  ]);
  const kernel = (before + kernelsAlone(width, height)) / 2;
  const rate = (frames * pairs) / (printed.ms / 1000);
  const most = 2 * (1000 / kernel);
  const share = (part) => `${((100 * part) / seconds).toFixed(0)} %`;
  console.log(
    `${pairs} pairs of ${frames} frames of ${width}×${height}, two processes, digests taken: ${rate.toFixed(0)} frames a second, ${((100 * rate) / most).toFixed(0)} % of twice the kernels' ${(1000 / kernel).toFixed(0)}; of ${seconds.toFixed(1)} s of processor time ${share((frames * pairs * kernel) / 1000)} are the kernels'`,
  );
}

/** Processor milliseconds of a frame. */
function kernelsAlone(width, height) {
  const extractor = new FeatureExtractor({ width, height, bitDepth: 8 });
  const frame = (seed) => ({
    samples: Uint8Array.from({ length: width * height }, (_, i) => 128 + 60 * Math.sin(i / (7 + seed))),
  });
  const [reference, distorted] = [frame(0), frame(1)];
  const measure = (count) => {
    const sads = [];
    for (let i = 0; i < count; i++) {
      sads.push(extractor.nextReference(reference));
      extractor.measure(distorted);
    }
    motionScores(sads, { width, height, bitDepth: 8 });
  };
  measure(100);
  const before = process.cpuUsage();
  measure(200);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / 200;
}

async function producer(folder) {
  const redis = await server(folder);
  if (redis === undefined) return console.log('producer: no redis-server here');
  const [manifest, out] = [join(folder, 'queued', 'corpus.csv'), join(folder, 'queued-out')];
  manyPairs(manifest, out);
  const { printed } = timed([at('corpus/producer.mjs'), manifest, out, redis.url]);
  console.log(
    `producer of ${printed.jobs} jobs: ${(printed.memory / 1e6).toFixed(0)} MB, ${(printed.ms / 1000).toFixed(1)} s`,
  );
  redis.stop();
}

/** A manifest whose clips are names of four files, and the digests that an earlier run is said to have taken of them. */
function manyPairs(manifest, out) {
  const hex = (value) => value.toString(16).padStart(64, '0');
  const references = Array.from({ length: 1000 }, (_, i) => `references/${hex(i)}`);
  const distorted = Array.from({ length: QUEUED }, (_, i) => `distorted/${hex(i + 1000)}`);
  const paths = [...references, ...distorted];
  const root = dirname(manifest);
  for (const name of ['references', 'distorted']) mkdirSync(join(root, name), { recursive: true });
  const files = [0, 1, 2, 3].map((name) => join(root, `file${name}`));
  for (const file of files) writeFileSync(file, file);
  for (const [i, path] of paths.entries()) linkSync(files[i % 4], join(root, path));
  const states = files.map((file) => {
    const { ino, size, mtimeNs, ctimeNs } = statSync(file, { bigint: true });
    return `${ino}:${size}:${mtimeNs}:${ctimeNs}`;
  });
  const lines = distorted.map((path, i) => `source${i % 1000},${references[i % 1000]},${path},x264\n`);
  writeFileSync(manifest, `source,reference,distorted,codec\n${lines.join('')}`);
  mkdirSync(join(out, 'digests'), { recursive: true });
  const known = paths.map((path, i) =>
    JSON.stringify({ path, sha256: path.slice(-64), state: states[i % 4] }),
  );
  writeFileSync(join(out, 'digests', '1-of-1.jsonl'), `${known.join('\n')}\n`);
}

/** Redis on loopback, undefined where there is none. */
async function server(folder) {
  const port = 20_000 + Math.floor(process.pid % 20_000);
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  const child = spawn(
    'redis-server',
    `--port ${port} --bind 127.0.0.1 --appendonly yes --maxmemory-policy noeviction --save`
      .split(' ')
      .concat('', '--dir', folder),
    { stdio: 'ignore' },
  );
  for (let tries = 0; tries < 100; tries++) {
    try {
      execFileSync('redis-cli', ['-p', String(port), 'ping'], { stdio: 'ignore' });
      break;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  return { url: `redis://127.0.0.1:${port}`, stop: () => child.kill('SIGKILL') };
}

/** Clips of moving stripes with some noise, and their manifest. */
function corpus(folder, { sources, renditions, width, height, frames }) {
  mkdirSync(folder, { recursive: true });
  const lines = ['source,reference,distorted'];
  for (let source = 0; source < sources; source++) {
    clip(join(folder, `s${source}.y4m`), source, 0);
    for (let rendition = 1; rendition <= renditions; rendition++) {
      clip(join(folder, `s${source}_${rendition}.y4m`), source, rendition);
      lines.push(`s${source},s${source}.y4m,s${source}_${rendition}.y4m`);
    }
  }
  const manifest = join(folder, 'corpus.csv');
  writeFileSync(manifest, `${lines.join('\n')}\n`);
  return manifest;

  function clip(path, seed, noise) {
    const chroma = Buffer.alloc(2 * Math.ceil(width / 2) * Math.ceil(height / 2), 128);
    const parts = [Buffer.from(`YUV4MPEG2 W${width} H${height} F25:1 Ip A1:1 C420jpeg\n`)];
    const row = Float64Array.from(
      { length: width * height + frames },
      (_, i) => 128 + 60 * Math.sin(i / (5 + seed)) + noise * Math.sin(i * i),
    );
    for (let frame = 0; frame < frames; frame++)
      parts.push(
        Buffer.from('FRAME\n'),
        Buffer.from(Uint8Array.from(row.subarray(frame, frame + width * height))),
        chroma,
      );
    writeFileSync(path, Buffer.concat(parts));
  }
}
