import { describe, expect, test } from 'vitest';
import { Batches } from '../src/batches.ts';
import type { Tensors } from '@vqforge/ort';
import { HIDDEN } from '../src/network.ts';
import { RECIPES, type Recipe } from '../src/recipe.ts';
import { numberedRows } from './helpers/rows.ts';
import { elementsOf } from './helpers/tensors.ts';

const recipe = (changes: Partial<Recipe> = {}): Recipe => ({
  ...RECIPES.reference,
  batchSize: 4,
  epochs: 3,
  ...changes,
});

/** The elements of every feed over the given calls, one list per feed. */
function collect(batches: Batches, calls: readonly number[]): Record<string, number[]> {
  const seen: Record<string, number[]> = {};
  for (const steps of calls) {
    for (const [name, { data }] of Object.entries(batches.next(steps))) (seen[name] ??= []).push(...data);
  }
  return seen;
}

/** Rows of one step that carry weight, by their target. */
function rowsOf(feeds: Tensors): number[] {
  const weights = elementsOf(feeds, 'row_weight_steps');
  return [...elementsOf(feeds, 'y_steps')].flatMap((target, i) => (weights.at(i)! > 0 ? [-target] : []));
}

describe.each([0, 0.1])('dropout %d', (dropout) => {
  const of = recipe({ dropout });
  const open = (stepsPerCall: number, seed = 1): Batches =>
    new Batches(numberedRows(10), of, seed, 9, stepsPerCall);

  test('how many steps a call takes does not change what is fed', () => {
    const whole = collect(open(9), [9]);
    for (const calls of [
      [1, 1, 1, 1, 1, 1, 1, 1, 1],
      [2, 7],
      [5, 1, 3],
      [4, 4, 1],
    ])
      expect(collect(open(Math.max(...calls)), calls)).toEqual(whole);
  });

  test('shapes follow the steps of a call', () => {
    const { x_steps: x, y_steps: y, ...rest } = open(5).next(2);
    expect(x?.dims).toEqual([2, 4, 3]);
    expect(y?.dims).toEqual([2, 1, 4]);
    const masks = dropout > 0 ? ['mask1_steps', 'mask2_steps'] : [];
    const numbers = ['step_size_steps', 'step_epsilon_steps', 'decay_steps'];
    expect(Object.keys(rest)).toEqual(['row_weight_steps', ...masks, ...numbers]);
    for (const { data, dims } of Object.values(rest))
      expect(data).toHaveLength(dims.reduce((size, dim) => size * dim));
  });

  test('another seed gives another order', () => {
    expect(collect(open(9, 2), [9])['y_steps']).not.toEqual(collect(open(9, 1), [9])['y_steps']);
  });
});

describe('an epoch', () => {
  test.each([
    // rows, batch size, steps
    [10, 4, 3],
    [8, 4, 2],
    [1, 4, 1],
    [3, 4, 1],
    [5, 1, 5],
  ])('%d rows by %d: every row once in %d steps, an own order per epoch', (rows, batchSize, steps) => {
    const batches = new Batches(numberedRows(rows), recipe({ batchSize }), 7, 30 * steps, 1);
    const orders = Array.from({ length: 30 }, () =>
      Array.from({ length: steps }, () => rowsOf(batches.next(1))),
    );
    const all = Array.from({ length: rows }, (_, row) => row);
    for (const order of orders) {
      expect(order.flat().sort((a, b) => a - b)).toEqual(all);
      expect(order.map((step) => step.length)).toEqual(
        Array.from({ length: steps }, (_, step) => Math.min(batchSize, rows - step * batchSize)),
      );
    }
    // 30 draws from the orders that there are: 1, 6, 120 or more
    const different = new Set(orders.map((order) => order.flat().join())).size;
    expect(different).toBeGreaterThanOrEqual(Math.min(rows, 5) ** 2 / 2);
  });

  test('is the same whatever came before: a run of other length, no run at all', () => {
    const first = collect(new Batches(numberedRows(10), recipe({ epochs: 1 }), 3, 3, 3), [3]);
    const longer = collect(new Batches(numberedRows(10), recipe({ epochs: 3 }), 3, 9, 3), [3]);
    expect(longer).toEqual(first);
  });
});

describe('a step', () => {
  test('weights are 1/rows in float32 and 0 in the padding', () => {
    const feeds = new Batches(numberedRows(7), recipe(), 1, 6, 2).next(2);
    const third = Math.fround(1 / 3);
    expect([...elementsOf(feeds, 'row_weight_steps')]).toEqual([
      0.25,
      0.25,
      0.25,
      0.25,
      third,
      third,
      third,
      0,
    ]);
  });

  test('features and target belong to one row, padding repeats row 0', () => {
    const feeds = new Batches(numberedRows(7), recipe(), 1, 6, 2).next(2);
    const [x, y] = [elementsOf(feeds, 'x_steps'), elementsOf(feeds, 'y_steps')];
    for (const [i, target] of y.entries())
      expect([...x.subarray(3 * i, 3 * i + 3)]).toEqual([0 - target, 1000 - target, 2000 - target]);
    expect(y.at(-1)).toBe(-0);
  });

  test('a buffer that was longer before leaves nothing behind', () => {
    const batches = new Batches(numberedRows(9), recipe({ batchSize: 4 }), 1, 9, 3);
    batches.next(3);
    const weights = [...elementsOf(batches.next(3), 'row_weight_steps')];
    expect(weights.filter((value) => value > 0)).toHaveLength(9);
    expect(weights.filter((value) => value === 1)).toHaveLength(1);
  });

  test('masks of layers, steps and epochs differ', () => {
    const batches = new Batches(numberedRows(8), recipe({ dropout: 0.5 }), 1, 6, 1);
    const masks = Array.from({ length: 6 }, () => {
      const feeds = batches.next(1);
      return ['mask1_steps', 'mask2_steps'].map((name) => elementsOf(feeds, name).join());
    }).flat();
    expect(new Set(masks).size).toBe(12);
    expect(masks.at(0)!.split(',')).toHaveLength(4 * HIDDEN);
  });
});
