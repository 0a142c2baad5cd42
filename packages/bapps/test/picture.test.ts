import { crc32, deflateSync } from 'node:zlib';
import sharp, { type PngOptions } from 'sharp';
import { describe, expect, test } from 'vitest';
import { readPicture } from '../src/picture.ts';
import { storedPng } from '../src/stored-png.ts';
import { noise } from './sets.ts';

/** Smooth slopes with some noise, so that an encoder finds every filter useful somewhere. */
function photo(side: number): Uint8Array {
  const grain = noise(3 * side * side, 3);
  return Uint8Array.from(grain, (value, at) => {
    const [x, y] = [Math.floor(at / 3) % side, Math.floor(at / 3 / side)];
    const quadrant = (x > side / 2 ? 1 : 0) + (y > side / 2 ? 2 : 0);
    return [3 * x + y, 5 * y, (x * y) >> 4, value][quadrant] as number;
  });
}

function encode(rgb: Uint8Array, side: number, options: PngOptions): Promise<Uint8Array> {
  return sharp(rgb, { raw: { width: side, height: side, channels: 3 } })
    .png(options)
    .toBuffer();
}

describe.each([64, 252, 256])('a picture of side %i', (side) => {
  const rgb = photo(side);
  test.each<[string, PngOptions]>([
    ['as it comes', {}],
    ['with a filter for each line', { adaptiveFiltering: true, compressionLevel: 9 }],
    ['interlaced', { progressive: true }],
  ])('%s, written by libvips, is read back', async (_name, options) => {
    const picture = await readPicture(await encode(rgb, side, options));
    expect(picture.side).toBe(side);
    expect(Buffer.compare(picture.rgb, rgb)).toBe(0);
  });

  test('not compressed, as the miniature has it, is read by libvips and by us', async () => {
    const png = storedPng(rgb, side, side);
    expect(Buffer.compare((await readPicture(png)).rgb, rgb)).toBe(0);
    expect(Buffer.compare(await sharp(png).raw().toBuffer(), rgb)).toBe(0);
  });
});

/** A picture of 64 × 64 with these lines, each with its filter in front. */
function pngOf(lines: Uint8Array): Uint8Array {
  const frame = storedPng(new Uint8Array(3 * 64 * 64), 64, 64);
  const data = deflateSync(lines);
  const chunk = Buffer.concat([Buffer.alloc(4), Buffer.from('IDAT'), data, Buffer.alloc(4)]);
  chunk.writeUInt32BE(data.length, 0);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, -4)), chunk.length - 4);
  return Buffer.concat([frame.subarray(0, 33), chunk, frame.subarray(-12)]);
}

test('all five filters are undone: each line with another one', async () => {
  const [side, rgb] = [64, photo(64)];
  const at = (x: number, y: number): number => (x < 0 || y < 0 ? 0 : (rgb[y * 192 + x] as number));
  const lines = Buffer.alloc(64 * 193);
  for (let y = 0; y < side; y++) {
    lines[y * 193] = y % 5;
    for (let x = 0; x < 192; x++) {
      const [a, b, c] = [at(x - 3, y), at(x, y - 1), at(x - 3, y - 1)];
      const nearest = [a, b, c].sort(
        (p, q) => Math.abs(a + b - c - p) - Math.abs(a + b - c - q),
      )[0] as number;
      const predicted = [0, a, b, Math.floor((a + b) / 2), nearest][y % 5] as number;
      lines[y * 193 + 1 + x] = at(x, y) - predicted;
    }
  }
  const png = pngOf(lines);
  expect(Buffer.compare((await readPicture(png)).rgb, rgb)).toBe(0);
  expect(Buffer.compare(await sharp(png).raw().toBuffer(), rgb)).toBe(0);
});

test('a changed byte anywhere is refused', async () => {
  const png = await encode(photo(64), 64, { compressionLevel: 9 });
  for (let at = 0; at < png.length; at += 37) {
    const changed = Buffer.from(png);
    changed[at] = (changed[at] as number) ^ 16;
    await expect(readPicture(changed), `byte ${at}`).rejects.toThrow(/damaged PNG|not a PNG|expected/);
  }
});

test('an end anywhere is refused', async () => {
  const png = await encode(photo(64), 64, { compressionLevel: 9 });
  for (let length = 0; length < png.length; length += 41)
    await expect(readPicture(png.subarray(0, length)), `${length} bytes`).rejects.toThrow(
      /damaged PNG|not a PNG/,
    );
});

test('pixels that unpack to more than the picture are refused before they are', async () => {
  await expect(readPicture(pngOf(Buffer.alloc(50_000_000)))).rejects.toThrow(/larger than 12353 bytes/);
});
