import { RandomStream } from '@vqforge/base';
import { describe, expect, test } from 'vitest';
import { Eigenbases } from '../src/eigenbasis.ts';
import { HIDDEN, parameterCount } from '../src/network.ts';

const FEATURES = 6;

/** A gradient whose second layer is u·sᵀ·scale + noise: its outputs have one leading direction, s. */
function gradient(direction: readonly number[], random: RandomStream, noise: number): Float32Array {
  const flat = Float32Array.from(
    { length: parameterCount(FEATURES) },
    () => noise * (random.fraction() - 0.5),
  );
  const from = (FEATURES + 1) * HIDDEN;
  for (let row = 0; row <= HIDDEN; row++) {
    const weight = random.fraction() - 0.5;
    for (let column = 0; column < HIDDEN; column++)
      flat[from + row * HIDDEN + column]! += weight * direction[column]!;
  }
  return flat;
}

function basis(bases: Eigenbases, name: string): number[][] {
  const { data, dims } = bases.feeds()[name]!;
  expect(dims).toEqual([HIDDEN, HIDDEN]);
  return Array.from({ length: HIDDEN }, (_, row) => [...data.subarray(row * HIDDEN, (row + 1) * HIDDEN)]);
}

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, i) => sum + value * b[i]!, 0);

describe('Eigenbases', () => {
  test('start as the identity, and stay so without a gradient', () => {
    const bases = new Eigenbases(FEATURES);
    bases.update(new Float32Array(parameterCount(FEATURES)));
    for (const name of ['basis1', 'basis2'])
      for (const [row, vector] of basis(bases, name).entries())
        expect(vector).toEqual(Array.from({ length: HIDDEN }, (_, i) => (i === row ? 1 : 0)));
  });

  test('stay orthonormal, gradients of a rank below 64 included', () => {
    const random = new RandomStream(1, 'weight-init', 0);
    const bases = new Eigenbases(FEATURES);
    const direction = Array.from({ length: HIDDEN }, () => random.fraction());
    for (let update = 0; update < 50; update++) bases.update(gradient(direction, random, 1e-3));
    for (const name of ['basis1', 'basis2']) {
      const vectors = basis(bases, name);
      for (const [i, a] of vectors.entries())
        for (const [j, b] of vectors.entries())
          // rounded to float32: 64 products of at most 1
          expect(Math.abs(dot(a, b) - (i === j ? 1 : 0))).toBeLessThan(1e-5);
    }
  });

  test('follow the leading direction of the gradients', () => {
    const random = new RandomStream(2, 'weight-init', 0);
    const bases = new Eigenbases(FEATURES);
    const raw = Array.from({ length: HIDDEN }, () => random.fraction() - 0.5);
    const length = Math.sqrt(dot(raw, raw));
    const direction = raw.map((value) => value / length);
    for (let update = 0; update < 60; update++) bases.update(gradient(direction, random, 1e-2));
    const [first = []] = basis(bases, 'basis2');
    // the other directions are weaker by a factor of some hundred
    expect(Math.abs(dot(first, direction))).toBeGreaterThan(0.999);
  });
});
