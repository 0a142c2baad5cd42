import { describe, expect, test } from 'vitest';
import { isIdentity, sortRows } from '../src/canonical-order.ts';
import { at, seeded } from './helpers/small-table.ts';

const indices = (count: number): Uint32Array => Uint32Array.from({ length: count }, (_, i) => i);

/** By definition: compare column by column, −0 before 0, equal rows in the order they came. */
function reference(columns: readonly (Float64Array | Uint32Array)[], count: number): number[] {
  const order = (a: number, b: number): number =>
    a < b ? -1 : a > b ? 1 : Object.is(a, b) ? 0 : Object.is(a, -0) ? -1 : 1;
  return [...indices(count)].sort((a, b) => {
    for (const column of columns) {
      const compared = order(at(column, a), at(column, b));
      if (compared !== 0) return compared;
    }
    return a - b;
  });
}

const random = seeded(1);
const codes = (count: number, distinct: number): Uint32Array =>
  Uint32Array.from({ length: count }, () => Math.floor(random() * distinct));
const numbers = (values: readonly number[], count: number): Float64Array =>
  Float64Array.from({ length: count }, () => at(values, Math.floor(random() * values.length)));

const SPECIAL = [
  -0,
  0,
  Number.MIN_VALUE,
  -Number.MIN_VALUE,
  1,
  1 + Number.EPSILON,
  -1,
  -1 - Number.EPSILON,
  Number.MAX_VALUE,
  -Number.MAX_VALUE,
];

describe('sortRows agrees with a comparator', () => {
  test.each<[string, number, (count: number) => (Float64Array | Uint32Array)[]]>([
    ['one row', 1, (n) => [codes(n, 1)]],
    ['codes, fewer rows than a radix pass is worth', 60, (n) => [codes(n, 1000)]],
    ['codes of one digit', 3000, (n) => [codes(n, 2000)]],
    ['codes of three digits', 3000, (n) => [codes(n, 2 ** 32 - 1)]],
    ['the largest codes', 3000, (n) => [codes(n, 3).map((code) => 0xffffffff - code)]],
    ['runs within runs', 5000, (n) => [codes(n, 3), codes(n, 50), codes(n, 200)]],
    ['special numbers, then codes', 4000, (n) => [numbers(SPECIAL, n), codes(n, 100)]],
    [
      'numbers that differ in the low word',
      2000,
      (n) => [Float64Array.from({ length: n }, () => 90 + random() * 2 ** -30)],
    ],
    [
      'negative numbers that differ in the low word',
      2000,
      (n) => [Float64Array.from({ length: n }, () => -90 - random() * 2 ** -30)],
    ],
    [
      'ties down to the last column',
      3000,
      (n) => [numbers([100], n), numbers([0.5, 1], n), numbers(SPECIAL, n)],
    ],
  ])('%s', (_, count, make) => {
    const columns = make(count);
    const rows = indices(count);
    sortRows(rows, columns);
    expect([...rows]).toEqual(reference(columns, count));
    const again = rows.slice();
    sortRows(again, columns);
    expect(again).toEqual(rows);
  });
});

test('rows may be some of the rows, in any order', () => {
  const column = Uint32Array.of(5, 4, 3, 2, 1, 0);
  const rows = Uint32Array.of(0, 5, 2);
  sortRows(rows, [column]);
  expect([...rows]).toEqual([5, 2, 0]);
});

test('isIdentity', () => {
  expect(isIdentity(indices(5))).toBe(true);
  expect(isIdentity(Uint32Array.of(0, 2, 1))).toBe(false);
});
