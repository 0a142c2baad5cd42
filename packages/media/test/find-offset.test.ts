import { describe, expect, test } from 'vitest';
import { findOffset, lumaSketch, type LumaSketch } from '../src/find-offset.ts';
import type { BitDepth } from '../src/frame.ts';

/** A bright spot that wanders, at some second, in some size; `noise` is what a codec leaves. */
function sketch(
  second: number,
  { width = 64, height = 36, bitDepth = 8 as BitDepth, noise = 0 } = {},
): LumaSketch {
  const scale = 2 ** (bitDepth - 8);
  const luma = Uint16Array.from({ length: width * height }, (_, at) => {
    const [x, y] = [(at % width) / width, Math.floor(at / width) / height];
    const far = Math.hypot(x - 0.5 - 0.4 * Math.sin(2 * second), y - 0.5 - 0.4 * Math.cos(3 * second));
    return Math.round(40 + 180 * Math.exp(-20 * far * far) + noise * Math.sin(at * 1.7)) * scale;
  });
  const data = bitDepth === 8 ? Uint8Array.from(luma) : new Uint8Array(luma.buffer);
  const format = { width, height, chroma: '400', bitDepth, frameRate: null, range: null } as const;
  return lumaSketch({ index: 0, format, data }, second);
}

/** A clip of two seconds that shows from second `start` on what its reference does. */
function clip(rate: number, start: number, shape: Parameters<typeof sketch>[1] = {}): LumaSketch[] {
  return Array.from({ length: 2 * rate }, (_, frame) => ({
    ...sketch(start + frame / rate, shape),
    time: frame / rate,
  }));
}

describe('the offset of a rendition', () => {
  const options = { within: 1, step: 1 / 25 };
  test.each([-1, -0.4, -0.04, 0, 0.2, 0.96])('of %f s is found', (later) => {
    const rendition = clip(25, -later, { width: 48, height: 27, noise: 12 });
    const { offset, isClear } = findOffset(clip(25, 0), rendition, options);
    expect([offset, isClear]).toEqual([expect.closeTo(later, 9), true]);
  });

  test('also of another rate and bit depth', () => {
    const found = findOffset(clip(25, 0), clip(50, -0.2, { bitDepth: 10 }), options);
    expect(found).toEqual({ offset: expect.closeTo(0.2, 9), isClear: true });
  });

  test('is none where nothing moves, and where there is nothing', () => {
    const still = Array.from({ length: 50 }, (_, frame) => ({ ...sketch(0), time: frame / 25 }));
    expect(findOffset(still, still, options)).toEqual({ offset: 0, isClear: false });
    expect(findOffset(still, [], options)).toEqual({ offset: 0, isClear: false });
  });
});
