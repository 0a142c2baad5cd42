import { expect, test } from 'vitest';
import { IMAGENET_MEAN, IMAGENET_STD } from '@vqforge/base';
import { IMAGENET, imageToTensor } from '@vqforge/media';
import type { Tensor } from '@vqforge/runtime';
import { checkedPixels, inputRange } from '../src/pixel-values.ts';
import { generator } from '../../../testing/generator.ts';
import { codeOf } from '../../../testing/runtime-models.ts';

const [HEIGHT, WIDTH] = [5, 7];
const random = generator(3);
const rgb = Uint8Array.from({ length: 3 * HEIGHT * WIDTH }, () => 256 * random());
/** What images become, by way of the tables that every other path goes. */
const expected = imageToTensor({ width: WIDTH, height: HEIGHT, rgb });
const planes = Uint8Array.from(
  { length: rgb.length },
  (_, i) => rgb[3 * (i % (HEIGHT * WIDTH)) + Math.floor(i / (HEIGHT * WIDTH))] as number,
);
const dims = [1, 3, HEIGHT, WIDTH];
const float = (data: Float32Array): Tensor => ({ type: 'float32', dims, data });

test.each<[number, number]>([
  [0, 1],
  [-1, 1],
  [0, 255],
])('values of %d to %d become the same pixels', (low, high) => {
  const data = Float32Array.from(planes, (value) => low + (value / 255) * (high - low));
  const { data: got } = checkedPixels('ref', float(data), inputRange([low, high], 'ref'));
  // values were rounded to float32 before they came: 2^-24 of at most 1 in the unit range, over a deviation of 0.224
  got.forEach((value, i) =>
    expect(Math.abs(Number(value) - (expected[i] as number))).toBeLessThan(2 ** -24 / 0.224 + 2 ** -22),
  );
});

test('normalised values stay as they are, also those a little outside', () => {
  for (const data of [expected, Float32Array.from(expected, (value) => value * 1.03)])
    expect(checkedPixels('ref', float(data.slice()), undefined)).toStrictEqual(float(data));
});

test('the range that is checked is that of normalised pixels', () => {
  const ends = [0, 1, 2].flatMap((c) =>
    [0, 1].map((unit) => (unit - (IMAGENET_MEAN[c] as number)) / (IMAGENET_STD[c] as number)),
  );
  expect([Math.min(...ends).toFixed(3), Math.max(...ends).toFixed(3)]).toStrictEqual(['-2.118', '2.640']);
  expect(Math.min(...IMAGENET.flatMap((table) => [...table]))).toBeCloseTo(Math.min(...ends), 6);
});

test.each<[string, (value: number) => number, unknown, string]>([
  ['pixels of 0 to 255', (value) => value, undefined, 'INVALID_TENSOR'],
  ['pixels less 128', (value) => value - 128, undefined, 'INVALID_TENSOR'],
  ['anything', (value) => value * 1e6, undefined, 'INVALID_TENSOR'],
  ['NaN', () => NaN, undefined, 'NOT_FINITE'],
  ['infinity in a range', () => Infinity, [0, 1], 'NOT_FINITE'],
  ['pixels of 0 to 255 said to be of 0 to 1', (value) => value, [0, 1], 'INVALID_TENSOR'],
  ['negative pixels said to be of 0 to 255', (value) => -value, [0, 255], 'INVALID_TENSOR'],
])('%s are refused', async (_what, make, range, code) => {
  const tensor = float(Float32Array.from(planes, make));
  expect(await codeOf(() => checkedPixels('ref', tensor, inputRange(range, 'ref')))).toBe(code);
});

test('input_range is one of three, as an array or as text', async () => {
  expect(inputRange(undefined, 'x')).toBeUndefined();
  expect(inputRange(null, 'x')).toBeUndefined();
  expect(inputRange('[0, 255]', 'x')).toStrictEqual([0, 255]);
  expect(inputRange('-1,1', 'x')).toStrictEqual([-1, 1]);
  for (const value of [[0, 2], [0], [0, 1, 2], 1, true, {}, 'unit', ['0', '1', '2'], ''])
    expect(await codeOf(() => inputRange(value, 'x'))).toBe('INVALID_REQUEST');
});
