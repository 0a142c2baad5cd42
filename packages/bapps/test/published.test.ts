import { expect, test } from 'vitest';
import { publishedScore } from '../src/published.ts';

// arXiv 1801.03924v2, table 5
test.each([
  ['val/traditional', 4720, 'human', 0.808],
  ['val/superres', 10_856, { name: 'lpips', net: 'squeeze' }, 0.711],
  ['val/frameinterp', 1888, { name: 'baseline', net: 'vgg' }, 0.621],
  ['val/color', 4720, { name: 'l2' }, 0.635],
  ['val/deblur', 9440, { name: 'dssim' }, 0.586],
  ['val/cnn', 4720, { name: 'lpips', net: 'alex' }, 0.834],
] as const)('%s of %i triplets by %j: %d', (set, count, metric, score) => {
  expect(publishedScore('2afc', set, count, metric)).toBe(score);
});

test.each([
  ['a part of a set', '2afc', 'val/cnn', 4000],
  ['a set of the training split', '2afc', 'train/cnn', 4720],
  ['pairs', 'jnd', 'val/cnn', 4720],
] as const)('nothing is published for %s', (_name, mode, set, count) => {
  expect(publishedScore(mode, set, count, { name: 'l2' })).toBeUndefined();
});
