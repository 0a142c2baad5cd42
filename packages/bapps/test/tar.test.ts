import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { tarFiles } from '../src/tar.ts';
import { tarGz } from './archive.ts';
import { noise } from './sets.ts';

const FILES = [0, 1, 511, 512, 513, 5000].map((length) => ({
  path: `folder/${length}`,
  bytes: noise(length, length),
}));
const TAR = gunzipSync(tarGz(FILES));

async function* inPieces(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length)
    yield await Promise.resolve(bytes.subarray(at, at + length));
}

async function read(bytes: Uint8Array, pieces = 700, maxBytes = 5000): Promise<typeof FILES> {
  const files: typeof FILES = [];
  for await (const { path, bytes: content } of tarFiles(inPieces(bytes, pieces), maxBytes))
    files.push({ path, bytes: Uint8Array.from(content) });
  return files;
}

test.each([1, 100, 512, 700, 100_000])('reads files from pieces of %i bytes', async (length) => {
  expect(await read(TAR, length)).toEqual(FILES);
});

test('takes the folder of a long name from its prefix', async () => {
  const header = Buffer.from(TAR.subarray(0, 512));
  header.write('somewhere/below', 345);
  header.write(' '.repeat(8), 148);
  header.write(
    `${header
      .reduce((a, b) => a + b, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
  );
  const [file] = await read(Buffer.concat([header, Buffer.alloc(1024)]));
  expect(file?.path).toBe('somewhere/below/folder/0');
});

test.each([100, 512, 1024, 3000, TAR.length - 1024])(
  'an archive that ends after %i bytes is said to',
  async (length) => {
    await expect(read(TAR.subarray(0, length))).rejects.toThrow('ends too early');
  },
);

test('a damaged header is said to be one', async () => {
  for (let at = 1; at < 512; at += 5) {
    const damaged = Buffer.from(TAR);
    damaged[at] = (damaged[at] as number) ^ 4;
    await expect(read(damaged)).rejects.toThrow(/damaged one/);
  }
});

test('a file that is too large is not read', async () => {
  await expect(read(TAR, 700, 4999)).rejects.toThrow('folder/5000 has 5000 bytes, expected at most 4999');
});
