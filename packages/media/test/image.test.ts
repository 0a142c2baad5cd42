import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';
import { expect, test } from 'vitest';
import { imageFormat } from '../src/image-format.ts';
import { imageFormatOfFile, readImage } from '../src/image-file.ts';
import { imageToTensor } from '../src/image-to-tensor.ts';
import { generator, integer } from './clips.ts';

type Channels = 1 | 2 | 3 | 4;

function stored(pixels: Uint8Array | Uint16Array, width: number, height: number, channels: Channels): Sharp {
  return sharp(pixels, { raw: { width, height, channels } });
}

const random = generator(3);
const [WIDTH, HEIGHT] = [7, 5];
const RGB = Uint8Array.from({ length: 3 * WIDTH * HEIGHT }, () => integer(random, 0, 255));

const LOSSLESS = {
  png: {},
  webp: { lossless: true },
  tiff: { compression: 'lzw' },
  avif: { lossless: true },
} as const;

test.each(['png', 'webp', 'tiff', 'avif'] as const)('%s gives back the pixels', async (format) => {
  const bytes = await stored(RGB, WIDTH, HEIGHT, 3).toFormat(format, LOSSLESS[format]).toBuffer();
  const image = await readImage(bytes);
  expect(image).toMatchObject({ width: WIDTH, height: HEIGHT, format });
  // lossless AVIF still goes through YCbCr in this encoder
  const tolerance = format === 'avif' ? 2 : 0;
  image.rgb.forEach((code, at) =>
    expect(Math.abs(code - (RGB[at] as number))).toBeLessThanOrEqual(tolerance),
  );
});

test('jpeg', async () => {
  const bytes = await stored(new Uint8Array(3 * 64).fill(77), 8, 8, 3)
    .jpeg({ quality: 100 })
    .toBuffer();
  const { rgb, format } = await readImage(bytes);
  expect(format).toBe('jpeg');
  expect([...rgb]).toEqual(Array.from({ length: 192 }, () => 77));
});

test('grey becomes three equal channels', async () => {
  const bytes = await stored(Uint8Array.of(0, 9, 200, 255), 2, 2, 1)
    .toColourspace('b-w')
    .png()
    .toBuffer();
  const { rgb, source } = await readImage(bytes);
  expect([...rgb]).toEqual([0, 0, 0, 9, 9, 9, 200, 200, 200, 255, 255, 255]);
  expect(source).toEqual({ channels: 1, bits: 8, alpha: false });
});

test('alpha is dropped, not blended', async () => {
  const rgba = Uint8Array.of(200, 100, 50, 0, 1, 2, 3, 128);
  const colour = await readImage(await stored(rgba, 2, 1, 4).png().toBuffer());
  expect([...colour.rgb]).toEqual([200, 100, 50, 1, 2, 3]);
  expect(colour.source).toEqual({ channels: 4, bits: 8, alpha: true });
  const grey = await stored(Uint8Array.of(200, 10, 1, 255), 2, 1, 2)
    .toColourspace('b-w')
    .png()
    .toBuffer();
  expect([...(await readImage(grey)).rgb]).toEqual([200, 200, 200, 1, 1, 1]);
});

test('16 bits are rounded to 8', async () => {
  const samples = Uint16Array.from({ length: 3 * 64 }, () => integer(random, 0, 65_535));
  samples.set([0, 128, 129, 65_535, 65_407, 65_406]);
  for (const format of ['png', 'tiff'] as const) {
    const bytes = await stored(samples, 8, 8, 3)
      .toColourspace('rgb16')
      .toFormat(format, LOSSLESS[format])
      .toBuffer();
    const { rgb, source } = await readImage(bytes);
    expect([...rgb]).toEqual(Array.from(samples, (sample) => Math.round(sample / 257)));
    expect(source.bits).toBe(16);
  }
  const grey = await stored(samples.slice(0, 4), 2, 2, 1).toColourspace('grey16').png().toBuffer();
  const codes = Array.from(samples.slice(0, 4), (sample) => Math.round(sample / 257));
  expect([...(await readImage(grey)).rgb]).toEqual(codes.flatMap((code) => [code, code, code]));
});

test('the orientation that a camera wrote is applied', async () => {
  const bytes = await stored(RGB, WIDTH, HEIGHT, 3).withMetadata({ orientation: 6 }).png().toBuffer();
  expect(await readImage(bytes)).toMatchObject({ width: HEIGHT, height: WIDTH });
});

test('what is not read is refused', async () => {
  const png = await stored(RGB, WIDTH, HEIGHT, 3).png().toBuffer();
  await expect(readImage(png.subarray(0, png.length - 20))).rejects.toMatchObject({ code: 'MALFORMED' });
  await expect(readImage(png.subarray(0, 20))).rejects.toMatchObject({ code: 'MALFORMED' });
  await expect(readImage(new Uint8Array(0))).rejects.toMatchObject({ code: 'UNKNOWN_FORMAT' });
  const gif = await stored(RGB, WIDTH, HEIGHT, 3).gif().toBuffer();
  await expect(readImage(gif)).rejects.toMatchObject({ code: 'UNKNOWN_FORMAT' });
  await expect(readImage(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'))).rejects.toMatchObject({
    code: 'UNKNOWN_FORMAT',
  });
  const cmyk = await stored(RGB, WIDTH, HEIGHT, 3).toColourspace('cmyk').jpeg().toBuffer();
  await expect(readImage(cmyk)).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  const pages = await stored(RGB, WIDTH, HEIGHT, 3).resize(4, 4).extend({ bottom: 4 }).raw().toBuffer();
  const animated = await sharp(pages, { raw: { width: 4, height: 8, channels: 3, pageHeight: 4 } })
    .webp()
    .toBuffer();
  await expect(readImage(animated)).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  await expect(readImage('/no/such/image.png')).rejects.toMatchObject({ code: 'UNREADABLE' });
});

test('a header of 65,535 pixels a side is refused before anything is decoded', async () => {
  const png = Buffer.from(await stored(RGB, WIDTH, HEIGHT, 3).png().toBuffer());
  png.writeUInt32BE(65_535, 16);
  png.writeUInt32BE(65_535, 20);
  png.writeUInt32BE(crc32(png.subarray(12, 29)), 29);
  await expect(readImage(png)).rejects.toMatchObject({ code: 'TOO_LARGE' });
});

test('imageToTensor normalises each channel', () => {
  const tensor = imageToTensor({ width: 2, height: 1, rgb: Uint8Array.of(0, 128, 255, 10, 20, 30) });
  const normalised = (code: number, mean: number, std: number): number =>
    Math.fround((code / 255 - mean) / std);
  expect([...tensor]).toEqual([
    normalised(0, 0.485, 0.229),
    normalised(10, 0.485, 0.229),
    normalised(128, 0.456, 0.224),
    normalised(20, 0.456, 0.224),
    normalised(255, 0.406, 0.225),
    normalised(30, 0.406, 0.225),
  ]);
  expect(() => imageToTensor({ width: 2, height: 2, rgb: new Uint8Array(11) })).toThrow(
    expect.objectContaining({ code: 'INVALID_OPTION' }),
  );
});

test('formats are told by their first bytes', async () => {
  expect(imageFormat(Buffer.from('YUV4MPEG2 W4 H4'))).toBeNull();
  expect(imageFormat(Buffer.from('\0\0\0\x20ftypisom', 'latin1'))).toBeNull();
  const folder = await mkdtemp(join(tmpdir(), 'vqforge-image-'));
  try {
    const path = join(folder, 'picture');
    await writeFile(path, await stored(RGB, WIDTH, HEIGHT, 3).png().toBuffer());
    expect(await imageFormatOfFile(path)).toBe('png');
    await writeFile(path, '');
    expect(await imageFormatOfFile(path)).toBeNull();
  } finally {
    await rm(folder, { recursive: true });
  }
});
