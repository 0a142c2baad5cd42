import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { imageLuma } from '../src/image-luma.ts';
import { openLumaSets } from '../src/open-luma.ts';
import { generator, integer } from './clips.ts';

const [WIDTH, HEIGHT] = [7, 5];
const random = generator(8);
const RGB = Uint8Array.from({ length: 3 * WIDTH * HEIGHT }, () => integer(random, 0, 255));
let folder: string;
let image: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vqforge-still-'));
  image = await write('image.png', RGB, WIDTH);
});
afterAll(() => rm(folder, { recursive: true }));

async function write(name: string, rgb: Uint8Array, width: number): Promise<string> {
  const path = join(folder, name);
  await sharp(rgb, { raw: { width, height: rgb.length / 3 / width, channels: 3 } })
    .png()
    .toFile(path);
  return path;
}

/** The definition of BT.709-6 in floating point. */
function luma(rgb: Uint8Array): number[] {
  return Array.from({ length: rgb.length / 3 }, (_, at) => {
    const [red, green, blue] = Array.from(rgb.subarray(3 * at, 3 * at + 3), (code) => code / 255);
    return Math.round(219 * (0.2126 * red! + 0.7152 * green! + 0.0722 * blue!) + 16);
  });
}

test('every corner of RGB and random colours have the luma of BT.709', () => {
  const corners = Uint8Array.from(
    Array.from({ length: 8 }, (_, bits) =>
      [bits & 1, bits & 2, bits & 4].map((bit) => (bit > 0 ? 255 : 0)),
    ).flat(),
  );
  for (const rgb of [corners, RGB]) expect([...imageLuma({ rgb })]).toStrictEqual(luma(rgb));
  const greys = Uint8Array.from({ length: 3 * 256 }, (_, at) => Math.floor(at / 3));
  expect([...imageLuma({ rgb: greys })]).toStrictEqual(luma(greys));
});

test('an image is a clip of one frame', async () => {
  const clips = await openLumaSets({ reference: image, distorted: [image], still: true });
  expect(clips.reference).toMatchObject({
    container: 'image',
    decoded: null,
    format: { width: WIDTH, height: HEIGHT, chroma: '400', bitDepth: 8, range: 'limited', frameRate: null },
  });
  const set = await clips.read();
  expect([...(set?.reference.luma ?? [])]).toStrictEqual(luma(RGB));
  expect(await clips.read()).toBeNull();
  await clips.close();
});

test('images of two sizes, and files that are no image, are refused', async () => {
  const other = await write('other.png', RGB.subarray(0, 3 * 5 * 5), 5);
  const open = (distorted: string) => openLumaSets({ reference: image, distorted: [distorted], still: true });
  await expect(open(other)).rejects.toMatchObject({ code: 'MISMATCH' });
  await expect(open(import.meta.filename)).rejects.toMatchObject({ code: 'UNKNOWN_FORMAT' });
});
