import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openVideo } from '../src/open-video.ts';
import { type BitDepth, type Chroma } from '../src/frame.ts';
import { type RawFormat } from '../src/raw-format.ts';
import { generator, inChunks, integer, noise, once, pick, y4m } from './clips.ts';
import { all, failure } from './reading.ts';

const SMALL = { width: 4, height: 2, chroma: '420', bitDepth: 8 } as const;
const CHROMAS: readonly Chroma[] = ['400', '420', '422', '444'];
const DEPTHS: readonly BitDepth[] = [8, 10, 12, 16];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vqforge-video-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('raw planar YUV', () => {
  const raw = { width: 3, height: 3, chroma: '420', bitDepth: 8 } as const;

  test('frames of the size that was given', async () => {
    const random = generator(2);
    for (let round = 0; round < 100; round++) {
      const shape = { ...raw, chroma: pick(random, CHROMAS), bitDepth: pick(random, DEPTHS) };
      const written = Array.from({ length: integer(random, 1, 3) }, () => noise(shape, random));
      const read = await all(inChunks(Buffer.concat(written), random), shape);
      expect(read.map(({ data }) => Buffer.from(data))).toEqual(written.map((data) => Buffer.from(data)));
    }
  });

  test('says how many frames were whole', async () => {
    expect(await failure(all(once(new Uint8Array(2 * 17 - 1)), raw))).toEqual({
      code: 'TRUNCATED',
      goodFrames: 1,
    });
    expect(await failure(all(once(new Uint8Array(0)), raw))).toEqual({ code: 'NO_FRAMES', goodFrames: 0 });
  });

  test.each([
    { width: 0 },
    { height: 1.5 },
    { width: Number.NaN },
    { chroma: '411' },
    { bitDepth: 9 },
  ] as unknown as Partial<RawFormat>[])('refuses %j', async (change) => {
    const reading = openVideo({ stream: once(new Uint8Array(17)) }, { raw: { ...raw, ...change } });
    expect((await failure(reading)).code).toBe('INVALID_OPTION');
  });

  test('refuses a size beyond any frame, and a format that contradicts a Y4M header', async () => {
    const large = openVideo(
      { stream: once(new Uint8Array(9)) },
      { raw: { ...raw, width: 65_535, height: 65_535 } },
    );
    expect((await failure(large)).code).toBe('TOO_LARGE');
    for (const other of [{ width: 4 }, { chroma: '444' }, { bitDepth: 10 }] as Partial<RawFormat>[]) {
      const twice = openVideo(
        { stream: once(y4m(raw, [new Uint8Array(17)])) },
        { raw: { ...raw, ...other } },
      );
      expect((await failure(twice)).code).toBe('INVALID_OPTION');
    }
  });
});

describe('files', () => {
  test('a path', async () => {
    const path = join(folder, 'clip.anything');
    const frames = Array.from({ length: 5 }, (_, value) => new Uint8Array(12).fill(value));
    await writeFile(path, y4m(SMALL, frames));
    const video = await openVideo({ path });
    expect(video).toMatchObject({
      name: path,
      container: 'y4m',
      format: { width: 4, height: 2, chroma: '420', bitDepth: 8 },
    });
    const read = [];
    for await (const { data } of video.frames()) read.push(data[0]);
    expect(read).toEqual([0, 1, 2, 3, 4]);
    await video.close();
  });

  test('closing while frames are left', async () => {
    const path = join(folder, 'long.y4m');
    await writeFile(
      path,
      y4m(
        SMALL,
        Array.from({ length: 5000 }, () => new Uint8Array(12)),
      ),
    );
    const video = await openVideo({ path });
    await video.read();
    await video.close();
    await expect(openVideo({ path }).then((again) => again.close())).resolves.toBeUndefined();
  });

  test('a file that is not there, a folder, an empty file', async () => {
    expect((await failure(openVideo({ path: join(folder, 'none') }))).code).toBe('UNREADABLE');
    expect((await failure(openVideo({ path: folder }))).code).toBe('UNREADABLE');
    const path = join(folder, 'empty.y4m');
    await writeFile(path, '');
    expect(await failure(openVideo({ path }))).toEqual({ code: 'NO_FRAMES', goodFrames: 0 });
  });

  test('raw YUV without its format is asked for', async () => {
    const path = join(folder, 'clip.yuv');
    await writeFile(path, new Uint8Array(100));
    expect((await failure(openVideo({ path }))).code).toBe('UNKNOWN_FORMAT');
    expect((await failure(openVideo({ stream: once(new Uint8Array(100)) }))).code).toBe('UNKNOWN_FORMAT');
  });
});
