// Gives the pairs of a manifest to a queue, as corpus run does, and ends when all are in it; prints the most memory that this took.
// <manifest> <out> <address>
const root = new URL('../../packages/corpus/dist/index.js', import.meta.url);
const { completeMeasurement, CorpusFolder, queueRunner, queueUrl, runCorpus } = await import(root.href);
const [manifest, out, url] = process.argv.slice(2);
const options = { motion: 'v3.2', neg: false, additive: false, psnr: false, scale: false, subsample: 1 };
const start = performance.now();
const stop = new AbortController();
let jobs = 0;
await runCorpus({
  manifest,
  folder: new CorpusFolder(out),
  ...(await completeMeasurement(options)),
  workers: 1,
  attempts: 1,
  timeoutMs: 1000,
  signal: stop.signal,
  observer: { plan: (plan) => (jobs = plan.jobs) },
  // the queue is asked how much is left once all jobs are in it
  runner: () => queueRunner({ place: queueUrl(url), signal: stop.signal, onProgress: () => stop.abort() }),
}).catch((error) => {
  if (error.code !== 'INTERRUPTED') throw error;
});
const memory = process.resourceUsage().maxRSS * 1024;
console.log(JSON.stringify({ jobs, ms: performance.now() - start, memory }));
process.exit();
