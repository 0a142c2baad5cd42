import { expect, test } from 'vitest';
import { contentDigest, type StateTensor } from '../../src/weights/state-dict.ts';
import { f32 } from './helpers/bytes.ts';

const one: StateTensor = { dtype: 'f32', shape: [2, 1], bytes: f32(1, 2) };
const two: StateTensor = { dtype: 'f32', shape: [1], bytes: f32(3) };
const digest = contentDigest(
  new Map([
    ['a', one],
    ['b', two],
  ]),
);

test('the order of the tensors does not count', () => {
  expect(
    contentDigest(
      new Map([
        ['b', two],
        ['a', one],
      ]),
    ),
  ).toBe(digest);
});

test('names, types, shapes and every byte count', () => {
  const others: ReadonlyMap<string, StateTensor>[] = [
    new Map([['a', one]]),
    new Map([
      ['a', two],
      ['b', one],
    ]),
    new Map([
      ['a', one],
      ['c', two],
    ]),
    new Map([
      ['a', { ...one, shape: [1, 2] }],
      ['b', two],
    ]),
    new Map([
      ['a', { ...one, dtype: 'i32' as const }],
      ['b', two],
    ]),
    new Map([
      ['a', { ...one, bytes: f32(1, -2) }],
      ['b', two],
    ]),
    new Map([
      ['a', { ...one, bytes: f32(-0, 2) }],
      ['b', two],
    ]),
  ];
  const digests = [digest, ...others.map((other) => contentDigest(other))];
  expect(new Set(digests).size).toBe(digests.length);
});
