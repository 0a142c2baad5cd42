// `npm run test:corpus [pairs]`: a corpus of small pairs on Redis whose workers, server and producer are killed over and over, and the
// same corpus embedded whose process is. Nothing may be lost, doubled, or computed again once it is finished.
import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { loadFeatureTable, tableColumns } from '@vqforge/table';
import { CorpusFolder } from '@vqforge/corpus';
import { hasRedis, startRedis } from '../../../testing/queue-servers.ts';
import { writeClips, writeManifest } from './clips.ts';

const PAIRS = Number(process.argv[2] ?? 2000);
const FRAMES = 2;
const KILLS = { worker: 22, server: 4, parent: 6 };
const LOCK_MS = 1500;

interface Outcome {
  readonly jobs: number;
  readonly missing: number;
  readonly sha256?: string;
  readonly rows?: number;
}

const counter = new URL('count-results.mjs', import.meta.url).href;
let failures = 0;

function check(what: string, isSo: boolean): void {
  console.log(`${isSo ? 'ok    ' : 'FAILED'} ${what}`);
  if (!isSo) failures++;
}

/** A script of this folder as a process whose results are counted. */
function start(script: string, args: readonly string[], log: string): ChildProcess {
  return fork(fileURLToPath(new URL(script, import.meta.url)), [...args], {
    execArgv: [],
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    env: { ...process.env, NODE_OPTIONS: `--import ${counter}`, COUNTED_RESULTS: log },
  });
}

function outcomeOf(child: ChildProcess): Promise<Outcome | undefined> {
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (part: string) => (text += part));
  return new Promise((resolve) => {
    child.on('close', (code) => resolve(code === 0 ? (JSON.parse(text) as Outcome) : undefined));
  });
}

/** The counts of results at which something is killed, spread over the first nine tenths. */
function marks(kills: number, jobs: number): number[] {
  return Array.from({ length: kills }, (_, at) => Math.round((0.9 * jobs * (at + 0.5)) / kills));
}

async function untilCount(store: CorpusFolder['store'], count: number): Promise<void> {
  while ((await store.ids()).size < count) await sleep(25);
}

/** A kill between a result and its line in the log leaves the line out: the folder says what is there. */
async function report(
  what: string,
  log: string,
  { store }: CorpusFolder,
  jobs: number,
  kills: string,
): Promise<void> {
  const lines = readFileSync(log, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(' ') as [string, string, string, string]);
  const first = new Map(lines.filter(([, kind]) => kind === 'first').map(([id, , , at]) => [id, Number(at)]));
  const again = lines.filter(([, kind]) => kind === 'again');
  const recomputed = again.filter(([id, , begun]) => Number(begun) > (first.get(id) ?? Infinity));
  console.log(
    `${what}: ${kills}; ${lines.length} computations of ${jobs} jobs, ${again.length} by two processes at once`,
  );
  // each kill may leave out the computations that were under way
  const most = 4 * (KILLS.worker + KILLS.server + KILLS.parent);
  check(`${what}: computations were noted`, first.size >= jobs - most);
  check(`${what}: a result for every job`, (await store.ids()).size === jobs);
  check(`${what}: no finished job computed again`, recomputed.length === 0);
}

async function wholeTable(
  out: string,
  outcome: Outcome | undefined,
  wanted: string | undefined,
): Promise<void> {
  check(`${out}: 0 missing`, outcome?.missing === 0);
  check(`${out}: ${PAIRS * FRAMES} rows`, outcome?.rows === PAIRS * FRAMES);
  if (wanted !== undefined) check(`${out}: the same bytes, sha256 ${wanted}`, outcome?.sha256 === wanted);
}

const folder = mkdtempSync(join(tmpdir(), 'vqforge-soak-'));
try {
  const renditions = 50;
  const manifest = await writeManifest(
    folder,
    await writeClips(folder, {
      sources: Math.ceil(PAIRS / renditions),
      renditions,
      frames: FRAMES,
      width: 34,
      height: 33,
    }).then((lines) => lines.slice(0, PAIRS)),
  );
  // embedded, killed and resumed
  const alone = new CorpusFolder(join(folder, 'embedded'));
  const log = join(folder, 'embedded.log');
  writeFileSync(log, '');
  let outcome: Outcome | undefined;
  for (const mark of [...marks(KILLS.parent, PAIRS), Infinity]) {
    const child = start('corpus-producer.mjs', [manifest, alone.path], log);
    const ended = outcomeOf(child);
    if (mark !== Infinity) {
      await untilCount(alone.store, mark);
      child.kill('SIGKILL');
    }
    outcome = await ended;
  }
  await wholeTable('embedded', outcome, undefined);
  await report('embedded', log, alone, outcome?.jobs ?? 0, `parent killed ${KILLS.parent} times`);
  const wanted = outcome?.sha256;
  console.log(`sha256 ${wanted}`);
  const table = await loadFeatureTable({
    paths: [alone.table],
    features: ['vif_scale0'],
    teacherColumn: 'adm2',
  });
  check(
    `embedded: 0 duplicate rows of ${table.rows} with ${(await tableColumns([alone.table])).length} columns`,
    table.rows === PAIRS * FRAMES,
  );

  if (hasRedis) {
    const redis = await startRedis();
    const shared = new CorpusFolder(join(folder, 'redis'));
    const queueLog = join(folder, 'redis.log');
    writeFileSync(queueLog, '');
    const kills = { worker: 0, server: 0, parent: 0 };
    const worker = (): ChildProcess =>
      start('queue-worker.mjs', [shared.path, redis.url, String(LOCK_MS)], queueLog);
    const workers = [worker(), worker()];
    const kill = async (kind: keyof typeof KILLS, act: () => Promise<void>): Promise<void> => {
      for (const mark of marks(KILLS[kind], PAIRS)) {
        await untilCount(shared.store, mark);
        await act();
        kills[kind]++;
      }
    };
    let producer = start('corpus-producer.mjs', [manifest, shared.path, redis.url], queueLog);
    let produced = outcomeOf(producer);
    let turn = 0;
    const killing = Promise.all([
      kill('worker', async () => {
        const at = turn++ % workers.length;
        workers[at]?.kill('SIGKILL');
        workers[at] = worker();
      }),
      kill('server', () => redis.restart()),
      kill('parent', async () => {
        producer.kill('SIGKILL');
        await produced;
        producer = start('corpus-producer.mjs', [manifest, shared.path, redis.url], queueLog);
        produced = outcomeOf(producer);
      }),
    ]);
    await killing;
    const last = await produced;
    for (const child of workers) child.kill('SIGKILL');
    await redis.stop();
    await wholeTable('redis', last, wanted);
    await report(
      'redis',
      queueLog,
      shared,
      last?.jobs ?? 0,
      `worker killed ${kills.worker} times, Redis ${kills.server}, parent ${kills.parent}`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(failures === 0 ? 'passed' : `${failures} FAILED`);
process.exit(failures === 0 ? 0 : 1);
