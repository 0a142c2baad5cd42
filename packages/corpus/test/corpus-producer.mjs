// `corpus run` as a process that a soak may kill: manifest, folder, address of a queue or nothing, processes, share; prints the
// table's digest.
import {
  completeMeasurement,
  CorpusFolder,
  haveEndedIn,
  queueRunner,
  queueUrl,
  runCorpus,
} from '../dist/index.js';

const [manifest, out, url = '', workers = '2', share] = process.argv.slice(2);
const [index, count] = (share ?? '').split('/').map(Number);
const folder = new CorpusFolder(out);
const result = await runCorpus({
  manifest,
  folder,
  ...(await completeMeasurement({})),
  workers: Number(workers),
  attempts: 3,
  timeoutMs: 60_000,
  ...(share === undefined ? {} : { share: { index, count } }),
  ...(url === ''
    ? {}
    : { runner: () => queueRunner({ place: queueUrl(url), haveEnded: haveEndedIn(folder) }) }),
});
console.log(
  JSON.stringify({
    ...result.plan,
    missing: result.missing,
    sha256: result.assembly?.sha256,
    rows: result.assembly?.rows,
  }),
);
process.exit();
