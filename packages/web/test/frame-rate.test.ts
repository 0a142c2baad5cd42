import { expect, test } from 'vitest';
import { frameRateOf } from '../src/clips/container-track.ts';

/** Times as a container keeps them, in whole parts of a second. */
const times = (rate: number, frames: number, parts: number): number[] =>
  Array.from({ length: frames }, (_, frame) => Math.round((frame / rate) * parts) / parts);

test.each([
  ['25 in an mp4', 25, 12_800, { numerator: 25, denominator: 1 }],
  ['24 in a webm', 24, 1000, { numerator: 24, denominator: 1 }],
  ['23.976 in a webm', 24_000 / 1001, 1000, { numerator: 24_000, denominator: 1001 }],
  ['29.97 in an mp4', 30_000 / 1001, 30_000, { numerator: 30_000, denominator: 1001 }],
  ['59.94 in a webm', 60_000 / 1001, 1000, { numerator: 60_000, denominator: 1001 }],
  ['120 in a webm', 120, 1000, { numerator: 120, denominator: 1 }],
])('%s', (_, rate, parts, expected) => {
  expect(frameRateOf(times(rate, 250, parts))).toEqual(expected);
});

test('frames that are not evenly spaced have no rate, and one frame has none', () => {
  expect(frameRateOf([0, 0.04, 0.12, 0.16, 0.2])).toBeNull();
  expect(frameRateOf([0])).toBeNull();
});
