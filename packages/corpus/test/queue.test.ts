import { fork, spawnSync, type ChildProcess } from 'node:child_process';
import { chmod, readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { CorpusFolder, queueUrl, readCorpusStatus, workCorpus } from '@vqforge/corpus';
import {
  hasPostgres,
  hasRedis,
  startPostgres,
  startRedis,
  type QueueServer,
} from '../../../testing/queue-servers.ts';
import { clip, HEADER, put, writeClips, writeManifest } from './clips.ts';
import { temporaryFolder } from './folders.ts';
import { run } from './run-corpus.ts';
import { isLong } from '../../../testing/case-table.ts';

const LOCK_MS = 1500;

/** A worker in a process of its own, which a test may kill. */
function worker(out: string, url: string): ChildProcess {
  const child = fork(new URL('queue-worker.mjs', import.meta.url), [out, url, String(LOCK_MS)], {
    execArgv: [],
    stdio: 'inherit',
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

describe('the address of a queue', () => {
  test('shows no credentials', () => {
    const place = queueUrl('rediss://user:p%40ss@cache.example:6380/2?token=abc');
    expect(place).toMatchObject({ store: 'redis', shown: 'rediss://cache.example:6380/2' });
    for (const bad of ['localhost:6379', 'http://host', 'amqp://host', ''])
      expect(() => queueUrl(bad)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }) as Error);
  });

  test('without its packages is one sentence with the line that installs them', () => {
    const program = `import { queueRunner, queueUrl } from '@vqforge/corpus';
      for (const url of ['redis://127.0.0.1:1', 'postgres://127.0.0.1:1/x']) {
        const runner = queueRunner({ place: queueUrl(url), });
        await runner.run([{ key: 'a', input: 0 }], async () => 0, () => undefined).catch(({ code, message }) => console.log(code, message));
      }
      process.exit();`;
    const said = (without: string): string =>
      spawnSync(
        process.execPath,
        [
          '--import',
          new URL('without-packages.mjs', import.meta.url).href,
          '--input-type=module',
          '-e',
          program,
        ],
        {
          cwd: fileURLToPath(new URL('.', import.meta.url)),
          env: { ...process.env, WITHOUT: without },
          encoding: 'utf8',
        },
      ).stdout;
    const [redis, postgres] = said('ioredis,pg').split('\n');
    expect(redis).toMatch(/^MISSING_PACKAGE .*package ioredis.*: npm install bullmq@6.7.0 ioredis@6.0.0$/);
    expect(postgres).toMatch(/^MISSING_PACKAGE .*package pg.*: npm install bullmq@6.7.0 pg@8.23.1$/);
    expect(said('bullmq')).toContain('MISSING_PACKAGE a queue on Redis needs the package bullmq');
  });

  test('that nothing answers at is one error, without the password', async () => {
    const folder = await temporaryFolder();
    const manifest = await writeManifest(folder, await writeClips(folder, { sources: 1, renditions: 1 }));
    const error = await run(manifest, join(folder, 'out'), { queue: 'redis://:geheim@127.0.0.1:1' }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: 'QUEUE_FAILED' });
    expect(String(error)).toContain('redis://127.0.0.1:1');
    expect(String(error)).not.toContain('geheim');
  });
});

describe.skipIf(!hasRedis)('a corpus on Redis', () => {
  let redis: QueueServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  test('two workers of which one is killed, and the server too: the table of one machine', async () => {
    const folder = await temporaryFolder();
    const manifest = await writeManifest(
      folder,
      await writeClips(folder, isLong ? { sources: 5, renditions: 8 } : { sources: 4, renditions: 4 }),
    );
    const wanted = (await run(manifest, join(folder, 'alone'))).assembly?.sha256;
    const out = join(folder, 'out');
    const running = run(manifest, out, { queue: redis.url });
    const [first] = [worker(out, redis.url), worker(out, redis.url)];
    const store = new CorpusFolder(out).store;
    while ((await store.ids()).size < 5) await sleep(20);
    first?.kill('SIGKILL');
    await redis.restart();
    worker(out, redis.url);
    const result = await running;
    expect(result).toMatchObject({ missing: 0, dead: [] });
    expect(result.assembly?.sha256).toBe(wanted);
  });

  test('a job of three times the lock runs once; poison is given up, in the words of one machine', async () => {
    const folder = await temporaryFolder();
    const lines = await writeClips(folder, { sources: 1, renditions: 2 });
    // a program in place of ffprobe that notes each call, and takes three times the lock, or kills what called it
    const calls = join(folder, 'calls');
    const probe = `#!/bin/sh
echo "$*" >> '${calls}'
case "$*" in
  *slow*) sleep ${(3 * LOCK_MS) / 1000}; echo "no video after all" >&2; exit 1;;
  *crash*) kill -9 $PPID; sleep 1;;
esac
`;
    await chmod(await put(join(folder, 'bin/ffprobe'), probe), 0o755);
    for (const name of ['slow', 'crash']) {
      await put(join(folder, `clips/${name}.mp4`), name);
      lines.push(`s0,clips/s0/ref.y4m,clips/${name}.mp4,x264,CC0-1.0`);
    }
    const manifest = await writeManifest(folder, lines);
    const out = new CorpusFolder(join(folder, 'out'));
    const path = process.env['PATH'];
    process.env['PATH'] = `${join(folder, 'bin')}${delimiter}${path}`;
    try {
      const running = run(manifest, out.path, { queue: redis.url });
      worker(out.path, redis.url);
      worker(out.path, redis.url);
      expect(await running).toMatchObject({ missing: 2 });
    } finally {
      process.env['PATH'] = path;
    }
    const { dead_letters: dead } = await readCorpusStatus(out, Date.now());
    expect(dead.find(({ dis_basename: name }) => name === 'slow.mp4')).toMatchObject({
      code: 'DECODE_FAILED',
      attempts: 1,
    });
    expect(dead.find(({ dis_basename: name }) => name === 'crash.mp4')).toMatchObject({
      code: 'CRASHED',
      attempts: 2,
    });
    const said = (await readFile(calls, 'utf8')).trim().split('\n');
    expect(said.filter((line) => line.includes('slow'))).toHaveLength(1);
    expect(said.filter((line) => line.includes('crash'))).toHaveLength(2);
  });

  test('a worker ends by itself once the corpus is done, also one that had nothing to do', async () => {
    const folder = await temporaryFolder();
    await put(join(folder, 'a.y4m'), clip(0, 0));
    await put(join(folder, 'b.y4m'), clip(0, 9));
    const manifest = await put(join(folder, 'corpus.csv'), `${HEADER}\ns,a.y4m,b.y4m,x264,\n`);
    const out = new CorpusFolder(join(folder, 'out'));
    const options = {
      folder: out,
      place: queueUrl(redis.url),
      workers: 1,
      attempts: 1,
      timeoutMs: 60_000,
      lockMs: 30_000,
    };
    const working = Promise.all([workCorpus(options), workCorpus(options)]);
    await run(manifest, out.path, { queue: redis.url });
    expect((await working).reduce((sum, done) => sum + done, 0)).toBe(1);
  });
});

describe.skipIf(!hasPostgres)('a corpus on PostgreSQL', () => {
  test('two workers: the table of one machine', async () => {
    const postgres = await startPostgres();
    onTestFinished(() => postgres.stop());
    const folder = await temporaryFolder();
    const manifest = await writeManifest(folder, await writeClips(folder, { sources: 2, renditions: 5 }));
    const wanted = (await run(manifest, join(folder, 'alone'))).assembly?.sha256;
    const out = join(folder, 'out');
    const running = run(manifest, out, { queue: postgres.url });
    worker(out, postgres.url);
    worker(out, postgres.url);
    expect((await running).assembly?.sha256).toBe(wanted);
  });
});
