// a worker of a corpus's queue: folder, address, milliseconds of the lock
import { CorpusFolder, queueUrl, workCorpus } from '../dist/index.js';

const [folder, url, lockMs] = process.argv.slice(2);
await workCorpus({
  folder: new CorpusFolder(folder),
  place: queueUrl(url),
  workers: 2,
  attempts: 2,
  timeoutMs: 60_000,
  lockMs: Number(lockMs),
});
process.exit();
