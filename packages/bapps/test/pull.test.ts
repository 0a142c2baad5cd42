import { createHash } from 'node:crypto';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeNpyNumber } from '../src/npy.ts';
import { pullBapps, verifyBapps, type PullBappsOptions } from '@vqforge/bapps';
import {
  send,
  stall,
  startServer,
  truncate,
  type Answer,
  type WeightsServer,
} from '../../../testing/weights-server.ts';
import { filesBelow, temporaryRoot } from '../../../testing/workspace.ts';
import { tarGz, type Member } from './archive.ts';
import { picture, write } from './sets.ts';

/** Patience of a test. */
const LIMITS = { attempts: 3, backoff: 1, silence: 300 };

let out: string;
let server: WeightsServer | undefined;

beforeEach(async () => {
  out = join(await temporaryRoot(), 'bapps');
});

afterEach(async () => {
  await server?.close();
  server = undefined;
});

const TRIPLET: readonly Member[] = [
  { path: 'val/cnn/ref/000000.png', bytes: picture(1) },
  { path: 'val/cnn/p0/000000.png', bytes: picture(2) },
  { path: 'val/cnn/p1/000000.png', bytes: picture(3) },
  { path: 'val/cnn/judge/000000.npy', bytes: writeNpyNumber(0.6) },
];
const FILES = ['judge/000000.npy', 'p0/000000.png', 'p1/000000.png', 'ref/000000.png'];
const WHOLE = tarGz([{ path: 'val/', type: '5' }, ...TRIPLET]);
const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

async function pull(
  answers: readonly Answer[],
  pin: string,
  options: Partial<PullBappsOptions> = {},
): ReturnType<typeof pullBapps> {
  server = await startServer({ '/twoafc_val.tar.gz': answers });
  return pullBapps({
    archives: ['val'],
    out,
    servers: [server.url],
    pins: { val: pin },
    limits: LIMITS,
    ...options,
  });
}

test('brings an archive, unpacks it, and writes a manifest that holds', async () => {
  const { archives } = await pull([send(WHOLE)], digestOf(WHOLE));
  expect(archives).toEqual([
    { name: 'val', outcome: 'unpacked', sha256: digestOf(WHOLE), isPinned: true, files: 4 },
  ]);
  expect(await filesBelow(out)).toEqual([...FILES.map((file) => `2afc/val/cnn/${file}`), 'bapps.json']);
  expect(Buffer.compare(await readFile(join(out, '2afc/val/cnn/p1/000000.png')), picture(3))).toBe(0);
  const report = await verifyBapps(out);
  expect(report).toMatchObject({
    damaged: [],
    absent: [],
    sets: [{ set: 'val/cnn', count: 1, outcome: 'same' }],
  });
  expect(report.origin).toContain(digestOf(WHOLE));
});

test('what is there stays, and nothing is asked for', async () => {
  await pull([send(WHOLE)], digestOf(WHOLE));
  const before = await readFile(join(out, 'bapps.json'), 'utf8');
  const again = await pullBapps({ archives: ['val'], out, servers: ['http://127.0.0.1:1'], limits: LIMITS });
  expect(again.archives).toMatchObject([{ outcome: 'present', sha256: null }]);
  expect(await readFile(join(out, 'bapps.json'), 'utf8')).toBe(before);
});

test('goes on where a connection, and where a call, has ended', async () => {
  const interrupt = new AbortController();
  const progress: PullBappsOptions['progress'] = (_file, _step, done) => {
    if (done >= 20_000) interrupt.abort();
  };
  const half = Math.floor(WHOLE.length / 2);
  expect(half).toBeGreaterThan(10_000);
  const first = pull([truncate(WHOLE, 10_000), stall(WHOLE, half), send(WHOLE)], digestOf(WHOLE), {
    signal: interrupt.signal,
    progress,
  });
  await expect(first).rejects.toMatchObject({ code: 'INTERRUPTED' });
  await pullBapps({
    archives: ['val'],
    out,
    servers: [server?.url ?? ''],
    pins: { val: digestOf(WHOLE) },
    limits: LIMITS,
  });
  expect(server?.asked).toEqual(['', 'bytes=10000-', expect.stringMatching(/^bytes=[23]\d{4}-$/)]);
  expect((await verifyBapps(out)).sets).toMatchObject([{ outcome: 'same' }]);
});

test('takes an archive from a folder, and leaves it there', async () => {
  const folder = join(await temporaryRoot(), 'model/tiny');
  await writeFile(join(folder, 'twoafc_val.tar.gz'), WHOLE);
  await pull([], digestOf(WHOLE), { from: [folder] });
  expect(server?.asked).toEqual([]);
  expect(await readdir(folder)).toEqual(['twoafc_val.tar.gz']);
  expect(await readdir(out)).toEqual(['2afc', 'bapps.json']);
});

test('keeps the archive where that is asked for', async () => {
  await pull([send(WHOLE)], digestOf(WHOLE), { keepArchives: true });
  expect(await readdir(out)).toEqual(['2afc', 'bapps.json', 'twoafc_val.tar.gz']);
});

test.each<[string, Uint8Array, string | undefined, string]>([
  ['other bytes', tarGz(TRIPLET.slice(1)), digestOf(WHOLE), 'DIGEST_MISMATCH'],
  ['half an archive under its own digest', WHOLE.subarray(0, 20_000), undefined, 'UNREADABLE'],
  ['a damaged archive', WHOLE.map((byte, at) => (at === 9_000 ? byte ^ 255 : byte)), undefined, 'UNREADABLE'],
  ['no archive', picture(1), undefined, 'UNREADABLE'],
  ['an empty archive', tarGz([]), undefined, 'NOT_BAPPS'],
  ['another archive', tarGz([{ path: 'train/cnn/ref/0.png', bytes: picture(1) }]), undefined, 'NOT_BAPPS'],
  [
    'a file too large for a picture',
    tarGz([{ path: 'val/cnn/ref/0.png', bytes: new Uint8Array(4_000_000) }]),
    undefined,
    'UNREADABLE',
  ],
])('refuses %s, and leaves no set behind', async (_name, bytes, pin, code) => {
  const pulled = pull([send(bytes)], pin ?? digestOf(bytes));
  await expect(pulled).rejects.toMatchObject({ code });
  expect(await filesBelow(out)).toEqual(
    [expect.stringMatching(/^(\.twoafc_val.tar.gz.part|twoafc_val.tar.gz)$/)].slice(
      code === 'DIGEST_MISMATCH' ? 1 : 0,
    ),
  );
});

test('an archive without a known digest is taken, and said to be so', async () => {
  const { archives } = await pull([send(WHOLE)], '');
  expect(archives).toMatchObject([{ isPinned: false, sha256: digestOf(WHOLE) }]);
});

test('takes nothing from an archive but files of sets, and nothing out of the folder', async () => {
  const evil = picture(9);
  const long = `${'deep/'.repeat(30)}val/cnn/p0/000001.png`;
  const name = Buffer.from(`${long}\0`);
  const hostile = tarGz([
    ...TRIPLET,
    { path: '../../val/../../evil.png', bytes: evil },
    { path: '/val/cnn/ref/../../evil.png', bytes: evil },
    { path: 'val/../ref/evil.png', bytes: evil },
    { path: 'val/cnn/ref/.hidden.png', bytes: evil },
    { path: 'val/cnn/ref/run.sh', bytes: evil },
    { path: 'val/cnn/same/000000.npy', bytes: evil },
    { path: 'val/cnn/ref/link.png', type: '2' },
    { path: './dataset/2afc/val/cnn/ref/000001.png', bytes: evil },
    { path: '././@LongLink', bytes: name, type: 'L' },
    { path: long, bytes: evil },
    { path: 'pax', bytes: Buffer.from('34 path=val/cnn/p1/000001.png\n12 mtime=1\n'), type: 'x' },
    { path: 'short', bytes: evil },
  ]);
  const { archives } = await pull([send(hostile)], digestOf(hostile));
  expect(archives).toMatchObject([{ files: 7 }]);
  expect((await filesBelow(join(out, '2afc'))).map((file) => file.replace('val/cnn/', ''))).toEqual(
    [...FILES, 'p0/000001.png', 'p1/000001.png', 'ref/000001.png'].sort(),
  );
  expect(await filesBelow(out)).not.toContain('evil.png');
});

test('what an interrupted unpacking has left does not get into the dataset', async () => {
  // as a killed process leaves it
  await write(join(out, '.2afc-val.unpacking/cnn/ref/999999.png'), picture(1));
  await pull([send(WHOLE)], digestOf(WHOLE));
  expect(await filesBelow(join(out, '2afc'))).toHaveLength(4);
  const interrupt = new AbortController();
  await rm(join(out, '2afc'), { recursive: true });
  const second = pull([send(WHOLE)], digestOf(WHOLE), {
    signal: interrupt.signal,
    progress: (_file, step) => {
      if (step === 'unpack') interrupt.abort();
    },
  });
  await expect(second).rejects.toMatchObject({ code: 'INTERRUPTED' });
  expect(await readdir(out)).toEqual(['bapps.json', 'twoafc_val.tar.gz']);
  const third = await pullBapps({ archives: ['val'], out, servers: [], pins: { val: digestOf(WHOLE) } });
  expect(third.archives).toMatchObject([{ outcome: 'unpacked', files: 4 }]);
});
