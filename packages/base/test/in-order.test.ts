import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { inOrder } from '../src/in-order.ts';

test('results come in the order of the items, whichever is done first', async () => {
  const results = inOrder([30, 1, 20, 1], 4, async (milliseconds) => sleep(milliseconds, milliseconds));
  const seen: number[] = [];
  for await (const result of results) seen.push(result);
  expect(seen).toEqual([30, 1, 20, 1]);
});

test('no more items are taken than may be under way', async () => {
  let taken = 0;
  let given = 0;
  let most = 0;
  function* items(): Generator<number> {
    for (let item = 0; item < 50; item++) {
      most = Math.max(most, ++taken - given);
      yield item;
    }
  }
  for await (const result of inOrder(items(), 3, (item) => Promise.resolve(item))) {
    expect(result).toBe(given++);
  }
  expect(given).toBe(50);
  // three under way, and the one that is being asked for
  expect(most).toBeLessThanOrEqual(4);
});

test('the first failure in the order of the items ends it, after the results before', async () => {
  const seen: number[] = [];
  const work = async (item: number): Promise<number> => {
    await sleep(item === 2 ? 20 : 1);
    if (item >= 2) throw new Error(`item ${item}`);
    return item;
  };
  await expect(async () => {
    for await (const result of inOrder([0, 1, 2, 3], 4, work)) seen.push(result);
  }).rejects.toThrow('item 2');
  expect(seen).toEqual([0, 1]);
});
