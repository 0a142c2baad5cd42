import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { download } from '../src/download-node.ts';
import { upstreamFile, type UpstreamFile } from '../src/weights-upstream.ts';
import {
  endless,
  redirect,
  send,
  sendWhole,
  stall,
  startServer,
  status,
  truncate,
  type Answer,
  type WeightsServer,
} from '../../../testing/weights-server.ts';

const BYTES = Uint8Array.from({ length: 100_000 }, (_, index) => (index * 7919) >> 3);
const WRONG = BYTES.map((byte, index) => (index === 50_000 ? byte ^ 1 : byte));
const SHA256 = createHash('sha256').update(BYTES).digest('hex');
const UPSTREAM: UpstreamFile = {
  ...upstreamFile('squeeze', 'trunk'),
  file: 'weights.pth',
  sha256: SHA256,
  maxBytes: 131_072,
};
type DownloadOptions = Parameters<typeof download>[1];

/** Patience of a test. */
const LIMITS = { attempts: 4, backoff: 1, silence: 300 };

let cache: string;
let server: WeightsServer | undefined;

beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'vqforge-weights-'));
});

afterEach(async () => {
  await server?.close();
  await rm(cache, { recursive: true });
});

async function fetchFrom(
  answers: readonly Answer[],
  options: Partial<DownloadOptions> = {},
  upstream = UPSTREAM,
): Promise<{ path: string; sha256: string }> {
  server = await startServer({ '/weights.pth': answers, '/elsewhere': [send(BYTES)] });
  return download(upstream, { urls: [`${server.url}/weights.pth`], cache, limits: LIMITS, ...options });
}

/** The file is there under its name, whole, and nothing beside it. */
async function expectWhole(path: string): Promise<void> {
  expect(await readdir(cache)).toEqual(['weights.pth']);
  expect(Buffer.compare(await readFile(path), BYTES)).toBe(0);
}

test.each<[string, readonly Answer[], readonly string[]]>([
  ['a server that does its job', [send(BYTES)], ['']],
  [
    'one that hangs up twice',
    [truncate(BYTES, 30_000), truncate(BYTES, 30_000), send(BYTES)],
    ['', 'bytes=30000-', 'bytes=60000-'],
  ],
  [
    'one that hangs up and then ignores ranges',
    [truncate(BYTES, 30_000), sendWhole(BYTES)],
    ['', 'bytes=30000-'],
  ],
  ['one that falls silent', [stall(BYTES, 40_000), send(BYTES)], ['', 'bytes=40000-']],
  ['one that does not answer', [() => undefined, send(BYTES)], ['', '']],
  ['one that is busy', [status(503), status(429), send(BYTES)], ['', '', '']],
  ['one that sends elsewhere', [redirect('/elsewhere')], ['', '']],
  ['one that sends something else once', [sendWhole(WRONG), send(BYTES)], ['', '']],
])('brings the file from %s', async (_name, answers, asked) => {
  const { path, sha256 } = await fetchFrom(answers);
  expect(sha256).toBe(SHA256);
  expect(server?.asked).toEqual(asked);
  await expectWhole(path);
});

test.each<[string, Answer, string, number]>([
  ['sends other bytes', sendWhole(WRONG), 'DIGEST_MISMATCH', 2],
  ['has nothing', status(404), 'DOWNLOAD_FAILED', 1],
  ['is always busy', status(500), 'DOWNLOAD_FAILED', LIMITS.attempts],
  ['sends too much and says so', sendWhole(new Uint8Array(200_000)), 'DOWNLOAD_FAILED', 1],
  ['sends too much and does not say so', endless(new Uint8Array(20_000), 1), 'DOWNLOAD_FAILED', 1],
  ['sends byte after byte, for ever', endless(new Uint8Array(1), 20), 'DOWNLOAD_FAILED', LIMITS.attempts],
  ['redirects in a circle', redirect('/weights.pth'), 'DOWNLOAD_FAILED', LIMITS.attempts * 21],
])('takes nothing from a server that %s', async (_name, answer, code, requests) => {
  await expect(fetchFrom([answer])).rejects.toMatchObject({ code });
  // one request and 20 redirects is what fetch follows
  expect(server?.asked.length).toBe(requests);
  const left = await readdir(cache);
  expect(left).not.toContain('weights.pth');
  for (const name of left)
    expect((await stat(join(cache, name))).size).toBeLessThanOrEqual(UPSTREAM.maxBytes);
});

test('refuses another part than was asked for', async () => {
  const shifted: Answer = (_request, response) => {
    response
      .writeHead(206, { 'content-range': 'bytes 0-99999/100000', 'content-length': BYTES.length })
      .end(BYTES);
  };
  await expect(fetchFrom([truncate(BYTES, 30_000), shifted])).rejects.toMatchObject({
    code: 'DOWNLOAD_FAILED',
  });
  expect(await readdir(cache)).toEqual(['.weights.pth.part']);
});

test('asks one server after another', async () => {
  const lying = await startServer({ '/weights.pth': [sendWhole(WRONG)] });
  server = await startServer({ '/weights.pth': [send(BYTES)] });
  const urls = ['http://127.0.0.1:1/nobody', `${lying.url}/weights.pth`, `${server.url}/weights.pth`];
  const { path } = await download(UPSTREAM, { urls, cache, limits: LIMITS });
  await lying.close();
  expect([lying.asked.length, server.asked.length]).toEqual([2, 1]);
  await expectWhole(path);
});

test('continues what an interrupted call has left', async () => {
  const interrupt = new AbortController();
  const progress = (received: number): void => {
    if (received >= 40_000) interrupt.abort();
  };
  const first = fetchFrom([stall(BYTES, 40_000), send(BYTES)], { signal: interrupt.signal, progress });
  await expect(first).rejects.toMatchObject({ code: 'INTERRUPTED' });
  expect(await readdir(cache)).toEqual(['.weights.pth.part']);
  const { path } = await download(UPSTREAM, { urls: [`${server?.url}/weights.pth`], cache, limits: LIMITS });
  expect(server?.asked).toEqual(['', 'bytes=40000-']);
  await expectWhole(path);
});

test('takes over what a process that is gone has left, even if it is wrong', async () => {
  // beyond the largest pid of Linux, 2^22, and of other systems
  await writeFile(join(cache, '.weights.pth.99999999.0123abcd.part'), WRONG.subarray(0, 60_000));
  const { path } = await fetchFrom([send(BYTES)]);
  expect(server?.asked).toEqual(['bytes=60000-', '']);
  await expectWhole(path);
});

test('leaves alone what a living process fills', async () => {
  const other = `.weights.pth.${process.ppid}.0123abcd.part`;
  await writeFile(join(cache, other), BYTES.subarray(0, 60_000));
  await fetchFrom([send(BYTES)]);
  expect((await readdir(cache)).sort()).toEqual([other, 'weights.pth']);
});

test('two calls at once do not disturb each other', async () => {
  server = await startServer({ '/weights.pth': [send(BYTES)] });
  const urls = [`${server.url}/weights.pth`];
  const call = (): ReturnType<typeof download> => download(UPSTREAM, { urls, cache, limits: LIMITS });
  const [a, b] = await Promise.all([call(), call()]);
  expect([a.sha256, b.sha256]).toEqual([SHA256, SHA256]);
  await expectWhole(a.path);
});

test('where only 8 digits are pinned, they decide', async () => {
  const prefix = { ...UPSTREAM, sha256: SHA256.slice(0, 8) };
  expect((await fetchFrom([send(BYTES)], {}, prefix)).sha256).toBe(SHA256);
  await server?.close();
  await expect(fetchFrom([sendWhole(WRONG)], {}, prefix)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
});

test('says how much is here of how much', async () => {
  const said: [number, number | undefined][] = [];
  await fetchFrom([truncate(BYTES, 30_000), send(BYTES)], {
    progress: (received, total) => said.push([received, total]),
  });
  expect(said.at(-1)).toEqual([BYTES.length, BYTES.length]);
  expect(said.map(([received]) => received)).toEqual(
    said.map(([received]) => received).sort((a, b) => a - b),
  );
});
