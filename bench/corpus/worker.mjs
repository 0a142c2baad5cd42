// A worker of the queue, for the corpus bench: <out> <address> <workers>.
import { setTimeout as sleep } from 'node:timers/promises';

const { CorpusFolder, queueUrl, workCorpus } = await import(
  new URL('../../packages/corpus/dist/index.js', import.meta.url).href
);
const [out, url, workers] = process.argv.slice(2);
await workCorpus({
  folder: new CorpusFolder(out),
  place: queueUrl(url),
  workers: Number(workers),
  attempts: 1,
  timeoutMs: 3_600_000,
  lockMs: 30_000,
});
await sleep(500);
process.exit();
