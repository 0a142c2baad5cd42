// One side of the corpus bench, in a process of its own: bare | embedded | queue <manifest> <out> <workers> [address].
import { setTimeout as sleep } from 'node:timers/promises';
import { resolve } from 'node:path';

const root = new URL('../../packages/corpus/dist/', import.meta.url);
const load = (name) => import(new URL(name, root).href);
const [side, manifest, out, workers, url] = process.argv.slice(2);
const OPTIONS = { motion: 'v3.2', neg: false, additive: false, psnr: false, scale: false, subsample: 1 };
const { completeMeasurement } = await load('measurement-node.js');
const completed = await completeMeasurement(OPTIONS);
const start = performance.now();

if (side === 'bare') {
  // the function that every job ends in, with the digests that every job is checked by, and nothing else in memory
  const { PairMeasurer } = await load('pair-measurement-node.js');
  const { digestClip } = await load('clip-digest-files.js');
  const { runIdentity } = await load('job-identity.js');
  const { readCorpusManifest } = await load('manifest-file.js');
  const { pairs } = await readCorpusManifest(manifest);
  process.chdir(resolve(manifest, '..'));
  const identity = runIdentity(completed.measurement, completed.engines);
  const measurer = new PairMeasurer({
    measurement: completed.measurement,
    identity,
    lpips: null,
    teacherFile: null,
  });
  const known = new Map();
  const digest = async (path) => {
    if (!known.has(path)) known.set(path, await digestClip(path));
    return { path, ...known.get(path) };
  };
  for (const { reference, distorted } of pairs)
    await measurer.measure({
      id: '',
      reference: await digest(reference),
      distorted: await digest(distorted),
    });
} else {
  const { CorpusFolder, haveEndedIn, queueRunner, queueUrl, runCorpus } = await load('index.js');
  const folder = new CorpusFolder(out);
  await runCorpus({
    manifest,
    folder,
    ...completed,
    workers: Number(workers),
    attempts: 1,
    timeoutMs: 3_600_000,
    ...(side === 'queue'
      ? { runner: () => queueRunner({ place: queueUrl(url), haveEnded: haveEndedIn(folder) }) }
      : {}),
  });
}
console.log(JSON.stringify({ ms: performance.now() - start, memory: process.resourceUsage().maxRSS * 1024 }));
// processes that were ended are counted once they are waited for
await sleep(500);
process.exit();
