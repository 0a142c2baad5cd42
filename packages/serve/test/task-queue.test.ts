import { expect, test, vi } from 'vitest';
import { TaskQueue } from '../src/task-queue.ts';
import { codeOf } from '../../../testing/runtime-models.ts';

const staysHere = (): void => undefined;

/** Tasks that end when a test says so. */
function tasks() {
  const ends: (() => void)[] = [];
  const started: string[] = [];
  const task = (name: string) => () => {
    started.push(name);
    return new Promise<string>((resolve) => ends.push(() => resolve(name)));
  };
  return { started, task, endFirst: () => ends.shift()?.() };
}

test('so many run, so many wait in the order in which they came, the next is refused', async () => {
  const { started, task, endFirst } = tasks();
  const queue = new TaskQueue({ concurrency: 2, capacity: 2, timeoutMs: 10_000 });
  const answers = ['a', 'b', 'c', 'd'].map((name) => queue.submit(task(name), staysHere));
  expect(await codeOf(() => queue.submit(task('e'), staysHere))).toBe('QUEUE_FULL');
  expect([started, queue.running, queue.waiting]).toStrictEqual([['a', 'b'], 2, 2]);
  for (let i = 0; i < 4; i++) {
    endFirst();
    await answers[i];
  }
  expect(await Promise.all(answers)).toStrictEqual(['a', 'b', 'c', 'd']);
  expect([started, queue.running, queue.waiting]).toStrictEqual([['a', 'b', 'c', 'd'], 0, 0]);
});

test('who goes away while waiting makes room and never runs', async () => {
  const { started, task, endFirst } = tasks();
  const queue = new TaskQueue({ concurrency: 1, capacity: 1, timeoutMs: 10_000 });
  const first = queue.submit(task('a'), staysHere);
  let go: () => void = staysHere;
  const gone = codeOf(() => queue.submit(task('b'), (leave) => (go = leave)));
  go();
  expect(await gone).toBe('ABORTED');
  const third = queue.submit(task('c'), staysHere);
  endFirst();
  await first;
  endFirst();
  expect(await third).toBe('c');
  expect(started).toStrictEqual(['a', 'c']);
});

test('who goes away while running keeps the place until the run ends', async () => {
  const { task, endFirst } = tasks();
  const queue = new TaskQueue({ concurrency: 1, capacity: 0, timeoutMs: 10_000 });
  let go: () => void = staysHere;
  const gone = codeOf(() => queue.submit(task('a'), (leave) => (go = leave)));
  go();
  expect(await gone).toBe('ABORTED');
  expect(await codeOf(() => queue.submit(task('b'), staysHere))).toBe('QUEUE_FULL');
  endFirst();
  await vi.waitFor(() => expect(queue.running).toBe(0));
});

test('time runs from arrival, for those who wait and those who run', async () => {
  const { task, endFirst } = tasks();
  const queue = new TaskQueue({ concurrency: 1, capacity: 1, timeoutMs: 20 });
  const codes = ['a', 'b'].map((name) => codeOf(() => queue.submit(task(name), staysHere)));
  expect(await Promise.all(codes)).toStrictEqual(['RUN_TIMEOUT', 'QUEUE_TIMEOUT']);
  expect([queue.running, queue.waiting]).toStrictEqual([1, 0]);
  endFirst();
  await vi.waitFor(() => expect(queue.running).toBe(0));
});

test('what a request waited before it came to the queue is part of its time', async () => {
  const { started, task, endFirst } = tasks();
  const queue = new TaskQueue({ concurrency: 1, capacity: 1, timeoutMs: 10_000 });
  expect(await codeOf(() => queue.submit(task('late'), staysHere, { waitedMs: 10_000 }))).toBe(
    'QUEUE_TIMEOUT',
  );
  const almost = codeOf(() => queue.submit(task('almost'), staysHere, { waitedMs: 9_990 }));
  expect(await almost).toBe('RUN_TIMEOUT');
  expect(started).toStrictEqual(['almost']);
  endFirst();
  await vi.waitFor(() => expect(queue.running).toBe(0));
});

test('a task that fails, even before its first await, gives up its place', async () => {
  const queue = new TaskQueue({ concurrency: 1, capacity: 0, timeoutMs: 10_000 });
  const broken = (): Promise<never> => {
    throw new RangeError('broken');
  };
  await expect(queue.submit(broken, staysHere)).rejects.toThrow('broken');
  expect(queue.running).toBe(0);
  expect(await queue.submit(async () => 1, staysHere)).toBe(1);
});
