import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readBoundedFile } from '@vqforge/base/node';
import { afterAll, beforeAll, expect, test } from 'vitest';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vqforge-bounded-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('a file is read up to the limit, and refused one byte above it', async () => {
  const path = join(folder, 'file');
  await writeFile(path, 'abcd');
  expect(await readBoundedFile(path, 4)).toEqual(Buffer.from('abcd'));
  await expect(readBoundedFile(path, 3)).rejects.toMatchObject({
    code: 'TOO_LARGE',
    message: `${path} is 4 bytes, expected at most 3`,
  });
  await writeFile(path, '');
  expect(await readBoundedFile(path, 0)).toEqual(Buffer.alloc(0));
});

test('no file, also below a file, is null', async () => {
  await writeFile(join(folder, 'a'), '');
  for (const name of ['none', 'a/none', 'none/none'])
    expect(await readBoundedFile(join(folder, name), 1)).toBeNull();
});

test('a folder and a pipe without a writer are refused at once', async () => {
  const [inner, pipe] = [join(folder, 'folder'), join(folder, 'pipe')];
  await mkdir(inner);
  execFileSync('mkfifo', [pipe]);
  for (const path of [inner, pipe])
    await expect(readBoundedFile(path, 1)).rejects.toMatchObject({ code: 'NOT_A_FILE' });
});

test('a pipe is read to its end when asked for, and no further than the limit', async () => {
  const pipe = join(folder, 'written');
  execFileSync('mkfifo', [pipe]);
  for (const [limit, expected] of [
    [5, 'abcde'],
    [4, 'TOO_LARGE'],
  ] as const) {
    const read = readBoundedFile(pipe, limit, { pipes: true }).then(
      String,
      ({ code }: { code: string }) => code,
    );
    await Promise.all([writeFile(pipe, 'abcde'), read]);
    expect(await read).toBe(expected);
  }
});

test.each(['no writer', 'a writer that writes nothing'])(
  'the wait for a pipe ends by its signal: %s',
  async (what) => {
    const pipe = join(folder, what);
    execFileSync('mkfifo', [pipe]);
    const abort = new AbortController();
    const reading = readBoundedFile(pipe, 9, { pipes: true, signal: abort.signal });
    const writer = what === 'no writer' ? undefined : await open(pipe, 'w');
    abort.abort();
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
    await writer?.close();
    const aborted = { pipes: true, signal: abort.signal };
    await expect(readBoundedFile(pipe, 9, aborted)).rejects.toMatchObject({ name: 'AbortError' });
  },
);

test.skipIf(process.getuid?.() === 0)('what may not be read is UNREADABLE', async () => {
  const path = join(folder, 'secret');
  await writeFile(path, 'x');
  await chmod(path, 0);
  await expect(readBoundedFile(path, 1)).rejects.toMatchObject({ code: 'UNREADABLE' });
});
