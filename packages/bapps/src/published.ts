import type { BappsMode } from './layout.ts';
import type { MetricDescription } from './patch-metric.ts';

/** The sets of the paper's table 5, in its order: the first two are "distortions", the others "real algorithms". */
export const PUBLISHED_SETS: readonly string[] = [
  'val/traditional',
  'val/cnn',
  'val/superres',
  'val/deblur',
  'val/color',
  'val/frameinterp',
];

/** Triplets of each, in hundreds, as upstream's README gives them. */
const HUNDREDS: readonly number[] = [47, 47, 109, 94, 47, 19];

/**
 * 2AFC scores in percent as the paper prints them, for the heads of version 0.0; no table for 0.1 is known.
 *
 * @see https://arxiv.org/abs/1801.03924 version 2, table 5
 */
const TABLE_5: Readonly<Record<string, readonly number[]>> = {
  human: [80.8, 84.4, 73.4, 67.1, 68.8, 68.6],
  l2: [59.9, 77.8, 64.7, 58.2, 63.5, 55.0],
  dssim: [60.3, 79.1, 65.1, 58.6, 58.1, 57.7],
  'squeeze baseline': [73.3, 82.6, 70.1, 60.1, 63.6, 62.0],
  'alex baseline': [70.6, 83.1, 71.7, 60.7, 65.0, 62.7],
  'vgg baseline': [70.1, 81.3, 69.0, 59.0, 60.2, 62.1],
  'squeeze lpips': [76.1, 83.5, 71.1, 60.8, 65.3, 63.2],
  'alex lpips': [73.9, 83.4, 71.5, 61.2, 65.3, 63.2],
  'vgg lpips': [76.0, 82.8, 70.5, 60.5, 62.5, 63.0],
};

/**
 * The published score of a metric on a set, in [0, 1]; undefined for other sets than the paper's, for parts of them,
 * and for metrics that the table does not have.
 */
export function publishedScore(
  mode: BappsMode,
  set: string,
  count: number,
  metric: 'human' | Pick<MetricDescription, 'name' | 'net'>,
): number | undefined {
  const column = PUBLISHED_SETS.indexOf(set);
  if (mode !== '2afc' || column < 0 || Math.round(count / 100) !== HUNDREDS[column]) return undefined;
  const row =
    metric === 'human' ? 'human' : [metric.net, metric.name].filter((word) => word !== undefined).join(' ');
  const percent = TABLE_5[row]?.[column];
  // one digit behind the point, so that dividing leaves no more than three
  return percent === undefined ? undefined : Math.round(10 * percent) / 1000;
}
