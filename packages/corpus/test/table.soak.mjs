// Part of `npm run test:corpus`: one corpus worked off in every way, whose table must have one sha256.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CorpusFolder } from '@vqforge/corpus';
import { hasPostgres, hasRedis, startPostgres, startRedis } from '../../../testing/queue-servers.ts';
import { writeClips, writeManifest } from './clips.ts';

const NODES = ['20.20.2', '22.23.3', '24.21.0'];
/** Plain packages of the registry: `npx node@22` would run the machine's own. */
const nodeCommand = (version) => [
  'npx',
  '-y',
  '-p',
  `node-${process.platform}-${process.arch}@${version}`,
  'node',
];
const folder = mkdtempSync(join(tmpdir(), 'vqforge-table-'));
const lines = await writeClips(folder, { sources: 4, renditions: 6 });
const manifest = await writeManifest(folder, lines);
const tables = new Map();

/** A script of this folder in a process of its own. */
function start(script, args, node = [process.execPath]) {
  const [program = '', ...before] = node;
  const child = spawn(program, [...before, fileURLToPath(new URL(script, import.meta.url)), ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return { child, ended: new Promise((resolve) => child.on('close', () => resolve())) };
}

async function row(what, work) {
  const out = join(folder, what.replaceAll(' ', '-'));
  await work(out);
  const sha256 = createHash('sha256')
    .update(readFileSync(join(out, 'features.parquet')))
    .digest('hex');
  tables.set(what, sha256);
  console.log(`${what.padEnd(28)} ${sha256}`);
}

/** Work by two workers of a queue. */
async function queued(out, url) {
  const workers = [1, 2].map(() => start('queue-worker.mjs', [out, url, '30000']));
  await start('corpus-producer.mjs', [manifest, out, url]).ended;
  for (const { child } of workers) child.kill('SIGKILL');
}

try {
  await row('two processes', (out) => start('corpus-producer.mjs', [manifest, out]).ended);
  await row('one process', (out) => start('corpus-producer.mjs', [manifest, out, '', '1']).ended);
  await row('killed and resumed', async (out) => {
    const first = start('corpus-producer.mjs', [manifest, out]);
    while ((await new CorpusFolder(out).store.ids()).size < 8) await sleep(10);
    first.child.kill('SIGKILL');
    await first.ended;
    await start('corpus-producer.mjs', [manifest, out]).ended;
  });
  const shuffled = await writeManifest(folder, [...lines].reverse(), 'shuffled.csv');
  await row('rows shuffled', (out) => start('corpus-producer.mjs', [shuffled, out]).ended);
  await row('three shares at once', (out) =>
    Promise.all(
      ['1/3', '2/3', '3/3'].map(
        (share) => start('corpus-producer.mjs', [manifest, out, '', '1', share]).ended,
      ),
    ),
  );
  for (const [what, isHere, server] of [
    ['Redis, two workers', hasRedis, startRedis],
    ['PostgreSQL, two workers', hasPostgres, startPostgres],
  ]) {
    if (!isHere) continue;
    const started = await server();
    await row(what, (out) => queued(out, started.url)).finally(() => started.stop());
  }
  for (const version of NODES)
    await row(
      `Node ${version}`,
      (out) => start('corpus-producer.mjs', [manifest, out], nodeCommand(version)).ended,
    );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const isOne = new Set(tables.values()).size === 1;
console.log(isOne ? `${tables.size} ways, one table` : 'FAILED: tables differ');
process.exitCode = isOne ? 0 : 1;
