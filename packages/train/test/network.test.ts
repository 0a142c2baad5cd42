import { describe, expect, test } from 'vitest';
import {
  flatten,
  HIDDEN,
  initialParameters,
  parameterCount,
  parameterSizes,
  unflatten,
} from '../src/network.ts';
import { RandomStream } from '@vqforge/base';
import { chiSquareUniform, histogram } from '../../../testing/chi-square.ts';
import { bitsOf } from './helpers/tensors.ts';

const draw = (features: number, seed = 0): Float32Array =>
  initialParameters(features, new RandomStream(seed, 'weight-init', 0));

test('4,673 parameters for six features', () => {
  expect(parameterCount(6)).toBe(4673);
  expect(parameterSizes(1)).toEqual([64, 64, 4096, 64, 64, 1]);
});

describe('initialParameters', () => {
  test('uniform over ±1/√fan_in, biases too', () => {
    const { W1, b1, W2, b2, W3, b3 } = unflatten(draw(6), 6);
    for (const [tensors, fanIn] of [
      [[W1, b1], 6],
      [[W2, b2, W3, b3], HIDDEN],
    ] as const) {
      const bound = Math.fround(1 / Math.sqrt(fanIn));
      const values = tensors.flatMap((tensor) => [...tensor]);
      const cells = values.map((value) => Math.floor((4 * (value / bound + 1)) / 2));
      // values lie in [-bound, bound): four cells of equal share, df 3: scipy.stats.chi2.ppf(1 - 1e-6, 3) = 30.66
      expect(Math.min(...cells)).toBe(0);
      expect(Math.max(...cells)).toBe(3);
      expect(chiSquareUniform(histogram(4, cells))).toBeLessThan(30.6);
    }
  });

  test('follow from the seed alone', () => {
    expect(bitsOf(draw(6))).toBe(bitsOf(draw(6)));
    expect(bitsOf(draw(6, 1))).not.toBe(bitsOf(draw(6)));
  });
});

describe('flatten and unflatten', () => {
  test.each([1, 2, 6, 7])('are inverse for %d features', (features) => {
    const flat = draw(features);
    expect(bitsOf(flatten(unflatten(flat, features)))).toBe(bitsOf(flat));
  });

  test('weights lie [inputs, outputs] in the vector and [outputs, inputs] in the tensors', () => {
    const flat = Float32Array.from({ length: parameterCount(2) }, (_, i) => i);
    const { W1, b1, W2, b2, W3, b3 } = unflatten(flat, 2);
    // unit 0 reads places 0 and 64 of the vector
    expect(W1.slice(0, 4)).toEqual(Float32Array.of(0, 64, 1, 65));
    expect(b1[0]).toBe(128);
    expect(W2.slice(0, 2)).toEqual(Float32Array.of(192, 192 + 64));
    expect([b2[0], W3[0], W3[63], b3[0]]).toEqual([4288, 4352, 4415, 4416]);
  });

  test('copy', () => {
    const flat = draw(2);
    const before = bitsOf(flat);
    const named = unflatten(flat, 2);
    for (const tensor of Object.values(named)) tensor.fill(0);
    expect(bitsOf(flat)).toBe(before);
  });
});
