// A process that publishes, for tests that kill it. Reads one job as JSON from the file named in argv.
//
// { mode: 'stop', tasks }: runs every task (a publish, a rollback or a removal of `a`) in its own folder and stops it at its `at`-th file operation: the
//   operation is not done ('before'), is done by half ('half', for createFile), or fails with a system code
//   ('ENOSPC'). When all tasks stand still, prints their outcomes and kills itself, so that every folder is left
//   exactly as SIGKILL at that operation leaves it.
// { mode: 'loop', folder, publications, count }: publishes the publications in turn, one line of output each.
import { existsSync, readFileSync, writeSync } from 'node:fs';
import { nodeFiles, publish, removeModel, rollbackModel } from '@vqforge/registry/node';

const job = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const fromBase64 = (text) => Buffer.from(text, 'base64');
const decode = ({ name, onnx, sidecar, bundle }) => ({
  onnx: { name, bytes: fromBase64(onnx) },
  sidecar: fromBase64(sidecar),
  ...(bundle === undefined ? {} : { bundle: fromBase64(bundle) }),
});

/** Counts operations and stops at the `at`-th; `stopped` is called when the task will make no further step. */
function stoppingFiles(at, how, stopped) {
  const names = [];
  const wrap =
    (name, operation) =>
    async (...args) => {
      // the rename that commits is told from those that archive or move
      names.push(name === 'rename' && args[1].endsWith('.registry-commit') ? 'commit' : name);
      if (names.length !== at) return operation(...args);
      if (/^E[A-Z]+$/.test(how)) throw Object.assign(new Error(how), { code: how, syscall: name });
      if (how === 'half' && name === 'createFile') {
        const [path, bytes] = args;
        await operation(path, bytes.subarray(0, bytes.length >> 1));
      }
      stopped('stopped');
      return new Promise(() => {});
    };
  const files = Object.fromEntries(
    Object.entries(nodeFiles).map(([name, operation]) => [name, wrap(name, operation)]),
  );
  return { files, names };
}

/** The registry of a task: its folder, or `model/tiny` in it where there is one. */
function act({ folder, action = 'publish', publication }, files) {
  const registry = existsSync(`${folder}/model/tiny`) ? `${folder}/model/tiny` : folder;
  const waitMs = 5_000;
  if (action === 'rollback') return rollbackModel({ registry, id: 'a', waitMs }, files);
  if (action === 'remove') return removeModel({ registry, id: 'a', waitMs }, files);
  return publish({ registry, ...decode(publication), waitMs, replace: true }, files);
}

async function runTask({ at, how, ...task }) {
  return new Promise((resolve) => {
    const { files, names } = stoppingFiles(at, how, resolve);
    act(task, files).then(
      () => resolve(names.join(' ')),
      (error) => resolve(error.code ?? String(error)),
    );
  });
}

if (job.mode === 'stop') {
  const outcomes = [];
  for (const task of job.tasks) outcomes.push(await runTask(task));
  writeSync(1, JSON.stringify(outcomes));
  process.kill(process.pid, 'SIGKILL');
} else {
  for (let round = 0; round < job.count; round++) {
    const publication = job.publications[round % job.publications.length];
    const { changed, recovered } = await publish({ registry: job.folder, ...decode(publication) });
    writeSync(1, `${round} ${changed} ${recovered.map(({ kind }) => kind).join()}\n`);
  }
}
