import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '@vqforge/base';
import { contentDigest } from '@vqforge/export';
import { pullWeights } from '@vqforge/weights';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { addToCache, findCached, findInFolder, selectWeights } from '../src/weights-cache-files.ts';
import { upstreamFile, weightSource, type UpstreamFile } from '../src/weights-upstream.ts';
import { writeHeads } from '../../../testing/weights-files.ts';
import { sendWhole, startServer } from '../../../testing/weights-server.ts';
import { filesBelow, temporaryRoot } from '../../../testing/workspace.ts';

let folder: string;
let cache: string;
/** Stands for a file of upstream. */
let upstream: UpstreamFile;

beforeAll(async () => {
  folder = await temporaryRoot();
  const path = await writeHeads(join(folder, 'some name.safetensors'), 'alex');
  const bytes = await readFile(path);
  const heads = upstreamFile('alex', '0.1');
  upstream = { ...heads, sha256: sha256(bytes), content: contentDigest(selectWeights(bytes, heads)) };
});

beforeEach(async () => {
  cache = join(await temporaryRoot(), 'cache');
  await mkdir(cache);
});

test('finds the file in a folder whatever its name, and takes it over under the pinned one', async () => {
  const found = await findInFolder(folder, upstream);
  expect(found).toMatchObject({ matches: 'file', sha256: upstream.sha256 });
  expect(await findCached(cache, upstream)).toBeUndefined();
  const copied = await addToCache(cache, upstream, found!);
  expect(copied.path).toBe(join(cache, upstream.file));
  expect(await findCached(cache, upstream)).toEqual(copied);
  expect(await filesBelow(cache)).toEqual([upstream.file]);
});

test('finds the same tensors in another file, and says so', async () => {
  const repacked = { ...upstream, sha256: 'ab'.repeat(32) };
  const found = await findInFolder(folder, repacked);
  expect(found).toMatchObject({ matches: 'content', sha256: upstream.sha256 });
  const { path } = await addToCache(cache, repacked, found!);
  expect(path).toBe(join(cache, 'lpips_v0.1_alex.tensors.safetensors'));
  expect(await findCached(cache, repacked)).toMatchObject({ matches: 'content', path });
});

test('takes neither other bytes nor other tensors for what is pinned', async () => {
  const other = { ...upstream, sha256: 'ab'.repeat(32), content: 'cd'.repeat(32) };
  expect(await findInFolder(folder, other)).toBeUndefined();
  await writeFile(join(cache, upstream.file), 'not weights');
  expect(await findCached(cache, upstream)).toBeUndefined();
  await copyFile(join(folder, 'some name.safetensors'), join(cache, upstream.file));
  expect(await findCached(cache, { ...upstream, maxBytes: 100 })).toBeUndefined();
});

test('offline, names everything that is missing', async () => {
  const pull = pullWeights({ nets: ['alex', 'vgg'], cache, from: [folder], offline: true });
  await expect(pull).rejects.toMatchObject({
    code: 'MISSING_WEIGHTS',
    message: expect.stringMatching(
      /alexnet-owt-7be5be79.pth.*lpips_v0.1_alex.pth.*vgg16-397923af.pth/s,
    ) as string,
  });
  expect(await filesBelow(cache)).toEqual([]);
});

test('an unreadable folder is an error, not an empty one', async () => {
  const pull = pullWeights({ cache, from: [join(cache, 'missing')], offline: true });
  await expect(pull).rejects.toMatchObject({ code: 'UNREADABLE' });
});

test('asks mirrors for the pinned name before upstream', async () => {
  const { file } = upstreamFile('squeeze', 'trunk');
  const server = await startServer({ [`/weights/${file}`]: [sendWhole(Buffer.from('a lie'))] });
  const interrupt = new AbortController();
  const pull = pullWeights({
    cache,
    mirrors: [`${server.url}/weights/`],
    limits: { attempts: 1, backoff: 1, silence: 1000 },
    signal: interrupt.signal,
    // upstream itself is not asked by a test
    progress: () => interrupt.abort(),
  });
  await expect(pull).rejects.toMatchObject({ code: 'INTERRUPTED' });
  expect(server.asked).toEqual(['']);
  await server.close();
});

test('every upstream file has its own name, a pinned digest and a licence; unknown weights have none', () => {
  const nets = ['squeeze', 'alex', 'vgg'] as const;
  const trunks = nets.map((net) => upstreamFile(net, 'trunk'));
  const heads = nets.flatMap((net) => [upstreamFile(net, '0.1'), upstreamFile(net, '0.0')]);
  const files = [...trunks, ...heads];
  expect(new Set(files.map(({ file }) => file)).size).toBe(9);
  for (const { sha256: digest, source, url } of files) {
    expect(digest).toMatch(/^([0-9a-f]{8}|[0-9a-f]{64})$/);
    expect(source.license).toMatch(/^BSD-[23]-Clause$/);
    expect(url).toMatch(/^https:/);
  }
  // torchvision names its files by their digests
  for (const { sha256: digest, file } of trunks) expect(file).toContain(digest.slice(0, 8));
  expect(weightSource('trunk', 'ab'.repeat(32)).license).toBe('NOASSERTION');
});
