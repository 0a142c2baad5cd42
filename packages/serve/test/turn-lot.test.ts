import { expect, test } from 'vitest';
import { codeOf } from '../../../testing/runtime-models.ts';
import { TurnLot } from '../src/turn-lot.ts';

/** A lot that takes so many items at a time, and waits until it is released. */
function lotOf(taken: number, capacity = 10) {
  const lots: number[][] = [];
  const releases: (() => void)[] = [];
  const lot = new TurnLot<number>({
    capacity,
    work: async (next) => {
      const items: number[] = [];
      for (let item = next(); item !== undefined; item = next()) if (items.push(item) === taken) break;
      lots.push(items);
      await new Promise<void>((resolve) => releases.push(resolve));
    },
  });
  return { lot, lots, release: () => releases.shift()?.() };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('one lot at a time: what comes meanwhile, and what a lot left, is in the next, in order', async () => {
  const { lot, lots, release } = lotOf(2);
  for (const item of [1, 2, 3]) lot.add(item);
  await turn();
  lot.add(4);
  await turn();
  expect(lots).toStrictEqual([[1, 2]]);
  release();
  await expect
    .poll(() => lots)
    .toStrictEqual([
      [1, 2],
      [3, 4],
    ]);
  release();
  await turn();
  lot.add(5);
  await expect.poll(() => lots.length).toBe(3);
});

test('no more wait than may', async () => {
  const { lot } = lotOf(1, 2);
  lot.add(1);
  lot.add(2);
  expect(await codeOf(() => lot.add(3))).toBe('QUEUE_FULL');
});
