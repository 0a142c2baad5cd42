import { expect, test } from 'vitest';
import { DTYPES, SAFETENSORS_DTYPES, TORCH_STORAGES } from '../../src/weights/dtype.ts';
import { float32Values, type StateTensor } from '../../src/weights/state-dict.ts';

/** Every 16-bit pattern as one tensor. */
function allPatterns(dtype: 'f16' | 'bf16'): StateTensor {
  const patterns = Uint16Array.from({ length: 2 ** 16 }, (_, bits) => bits);
  return { dtype, shape: [2 ** 16], bytes: new Uint8Array(patterns.buffer) };
}

test('every float16 is what its exponent and fraction say', () => {
  const values = float32Values(allPatterns('f16'));
  // landmarks of IEEE 754 binary16: smallest subnormal, smallest normal, 1, the next above it, largest, infinity
  expect(values[0x0001]).toBe(2 ** -24);
  expect(values[0x0400]).toBe(2 ** -14);
  expect(values[0x3c00]).toBe(1);
  expect(values[0x3c01]).toBe(1 + 2 ** -10);
  expect(values[0x7bff]).toBe(65504);
  expect(values[0x7c00]).toBe(Infinity);
  expect(values[0x7c01]).toBeNaN();
  expect(Object.is(values[0x8000], -0)).toBe(true);
  // magnitudes grow with the pattern, and the sign bit only flips the sign
  const positive = values.subarray(0, 0x7c01);
  const negative = values.subarray(0x8000, 0xfc01);
  expect(positive.toSorted()).toEqual(positive);
  expect(new Set(positive).size).toBe(positive.length);
  expect(negative).toEqual(positive.map((value) => -value));
});

test('every bfloat16 is the upper half of its float32', () => {
  const values = float32Values(allPatterns('bf16'));
  const upper = new Uint32Array(values.buffer).map((bits) => bits >>> 16);
  const wrong = [...upper.keys()].filter((bits) => {
    const isNan = (bits & 0x7f80) === 0x7f80 && (bits & 0x7f) !== 0;
    return isNan ? !Number.isNaN(values[bits]) : upper[bits] !== bits;
  });
  expect(wrong).toEqual([]);
});

test('each dtype has one name in each format', () => {
  const count = Object.keys(DTYPES).length;
  expect(TORCH_STORAGES.size).toBe(count);
  expect(SAFETENSORS_DTYPES.size).toBe(count);
});
