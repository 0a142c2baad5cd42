import { describe, expect, test } from 'vitest';
import { agreement } from '../src/metrics/agreement.ts';
import { trainError } from './helpers/errors.ts';

const ALL = ['plcc', 'srocc', 'krocc', 'rmse'];

test('counts ties and saturation of the targets', () => {
  const { n, tied_target_fraction, saturated_fraction } = agreement(
    [1, 2, 3, 4, 5, 6, 7, 8],
    [0, 100, 100, 50, 50, 50, 99.9, 0.1],
  );
  expect(n).toBe(8);
  expect(tied_target_fraction).toBe(5 / 8);
  expect(saturated_fraction).toBe(3 / 8);
});

test('negative zero is zero', () => {
  expect(agreement([1, 2, 3], [0, -0, 1])).toMatchObject({
    tied_target_fraction: 2 / 3,
    saturated_fraction: 2 / 3,
  });
});

test('says nothing of reasons when every metric is defined', () => {
  const result = agreement([1, 2, 4], [1, 2, 3]);
  expect(result).not.toHaveProperty('undefined_because');
  expect(Object.values(result).every(Number.isFinite)).toBe(true);
});

describe('a metric is null exactly when it has a reason, and never NaN', () => {
  test.each<[string, number[], number[], string[], RegExp]>([
    ['no rows', [], [], ALL, /^0 row/],
    ['one row', [1], [2], ALL.slice(0, 3), /^1 row/],
    ['a NaN prediction', [1, NaN, 3], [1, 2, 3], ALL, /prediction is not finite/],
    ['an infinite prediction', [1, Infinity, 3], [1, 2, 3], ALL, /prediction is not finite/],
    ['a NaN target', [1, 2, 3], [1, NaN, 3], ALL, /target is not finite/],
    ['a constant teacher', [1, 2, 3], [99.7, 99.7, 99.7], ALL.slice(0, 3), /every target is 99.7/],
    ['a constant student', [0.1, 0.1, 0.1], [1, 2, 3], ALL.slice(0, 3), /every prediction is 0.1/],
    ['numbers beyond squares', [1e200, -1e200], [1, 2], ['rmse'], /overflow/],
  ])('%s', (_, predicted, target, undefinedMetrics, reason) => {
    const result = agreement(predicted, target);
    const nulls = ALL.filter((name) => result[name as 'plcc'] === null);
    expect(nulls).toEqual(undefinedMetrics);
    expect(Object.keys(result.undefined_because!)).toEqual(nulls);
    for (const why of Object.values(result.undefined_because!)) expect(why).toMatch(reason);
    expect(JSON.stringify(result)).not.toContain('NaN');
    expect(Object.values(result)).not.toContain(NaN);
  });
});

test('refuses columns of different length', () => {
  expect(() => agreement([1], [1, 2])).toThrow(trainError('LENGTH_MISMATCH'));
});
