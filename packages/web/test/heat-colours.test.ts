import { expect, test } from 'vitest';
import { heatColours } from '../src/clips/heat-colours.ts';

test('one scale: 0 is dark, the top and what is above have the last colour, brightness only grows', () => {
  const values = Float32Array.from({ length: 33 }, (_, at) => at / 16);
  const rgba = heatColours(values, 1);
  expect(Array.from(rgba.subarray(0, 4))).toEqual([68, 1, 84, 255]);
  for (const at of [16, 20, 32])
    expect(Array.from(rgba.subarray(4 * at, 4 * at + 3))).toEqual([253, 231, 37]);
  const luma = Array.from(
    { length: 17 },
    (_, at) => 2126 * rgba[4 * at]! + 7152 * rgba[4 * at + 1]! + 722 * rgba[4 * at + 2]!,
  );
  for (const [at, value] of luma.entries()) expect(value).toBeGreaterThanOrEqual(luma[at - 1] ?? 0);
});
