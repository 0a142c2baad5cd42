import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Lpips } from '@vqforge/runtime';
import { SessionGate } from '../src/session-gate.ts';
import { TaskQueue } from '../src/task-queue.ts';
import { generator } from '../../../testing/generator.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const PIXELS = 4_000_000;
const LARGE = 3_000_000;

/** A session that is suspended when a test says so. */
function session() {
  const suspending: (() => void)[] = [];
  const state = { suspensions: 0 };
  const lpips = {
    model: {
      suspend: () => {
        state.suspensions++;
        return new Promise<void>((resolve) => suspending.push(resolve));
      },
    },
  } as unknown as Lpips;
  return { lpips, state, suspended: () => suspending.splice(0).forEach((resolve) => resolve()) };
}

const settle = () => vi.advanceTimersByTimeAsync(0);

test('a run begins when its pixels fit beside those that other sessions keep, which are given back for it', async () => {
  const gate = new SessionGate({ pixels: PIXELS, idleMs: 1000 });
  const [a, b] = [session(), session()];
  const first = gate.lane('a', [a.lpips]);
  const second = gate.lane('b', [b.lpips]);
  const entered = first.enter(LARGE);
  expect(entered?.place).toBe(a.lpips);
  expect(first.enter(1)).toBeUndefined();
  expect([second.enter(LARGE), a.state.suspensions]).toStrictEqual([undefined, 0]);
  const room = vi.fn<() => void>();
  second.onRoom(room);
  entered?.leave();
  expect(room).toHaveBeenCalledTimes(1);
  // the memory of the first is still there: it is asked for, once
  expect([second.enter(LARGE), second.enter(LARGE)]).toStrictEqual([undefined, undefined]);
  expect(a.state.suspensions).toBe(1);
  expect(first.enter(1)).toBeUndefined();
  a.suspended();
  await settle();
  expect(room).toHaveBeenCalledTimes(2);
  expect(second.enter(LARGE)?.place).toBe(b.lpips);
  expect(gate.keptPixels).toBe(LARGE);
});

test('a session that has run something large gives its memory back after a while, a small one stays warm', async () => {
  const gate = new SessionGate({ pixels: PIXELS, idleMs: 1000 });
  const [a, b] = [session(), session()];
  gate.lane('a', [a.lpips]).enter(LARGE)?.leave();
  gate.lane('b', [b.lpips]).enter(10_000)?.leave();
  await vi.advanceTimersByTimeAsync(999);
  expect([a.state.suspensions, gate.keptPixels]).toStrictEqual([0, LARGE + 10_000]);
  await vi.advanceTimersByTimeAsync(1);
  a.suspended();
  await settle();
  expect([a.state.suspensions, b.state.suspensions, gate.keptPixels]).toStrictEqual([1, 0, 10_000]);
});

test('a thousand requests of any size on three models: never more than the bound, and all are answered', async () => {
  vi.useRealTimers();
  const gate = new SessionGate({ pixels: PIXELS, idleMs: 1 });
  const random = generator(11);
  let most = 0;
  let running = 0;
  const lanes = ['a', 'b', 'c'].map((name, at) => {
    const sessions = Array.from(
      { length: at === 0 ? 2 : 1 },
      () => ({ model: { suspend: async () => undefined } }) as unknown as Lpips,
    );
    return new TaskQueue<Lpips>({
      concurrency: sessions.length,
      capacity: 1000,
      timeoutMs: 60_000,
      gate: gate.lane(name, sessions),
    });
  });
  const answers = Array.from({ length: 1000 }, (_, i) => {
    const pixels = 1 + Math.floor(random() * (random() < 0.1 ? PIXELS : PIXELS / 100));
    const lane = lanes[Math.floor(3 * random())] as TaskQueue<Lpips>;
    return lane.submit(
      async () => {
        running++;
        most = Math.max(most, gate.keptPixels);
        await new Promise((resolve) => setImmediate(resolve));
        running--;
        return i;
      },
      () => undefined,
      { weight: pixels },
    );
  });
  expect(await Promise.all(answers)).toStrictEqual(answers.map((_, i) => i));
  expect(running).toBe(0);
  expect(most).toBeGreaterThan(PIXELS / 2);
  expect(most).toBeLessThanOrEqual(PIXELS);
  gate.close();
});
