// The thread of thread-pool.test.ts: it answers, fails, hangs or dies as it is asked.
import { threadId } from 'node:worker_threads';
import { setTimeout as sleep } from 'node:timers/promises';
import { answerCalls } from '@vqforge/base/node';

const shared = [];
answerCalls((setup) => ({
  double: (number) => 2 * number,
  setup: () => setup,
  thread: () => threadId,
  share: (value) => shared.push(value),
  shared: () => shared,
  swallow: ({ buffer }) => buffer.byteLength,
  fill: ({ bytes }, { give }) => {
    const values = new Uint8Array(bytes).fill(7);
    give(values.buffer);
    return values;
  },
  fail: ({ code }) => {
    throw Object.assign(new RangeError(`no ${code}`), { code, place: 3, object: {} });
  },
  die: (how) => {
    if (how === 'exit') process.exit(9);
    setImmediate(() => {
      throw new Error('out of luck');
    });
    return new Promise(() => {});
  },
  hang: () => {
    for (;;);
  },
  repeatsItself: async (_, { progress }) => {
    for (;;) {
      progress(1);
      await sleep(5);
    }
  },
  advances: async ({ steps, milliseconds }, { progress }) => {
    for (let step = 1; step <= steps; step++) {
      await sleep(milliseconds);
      progress(step);
    }
    return steps;
  },
  // counts that it came to the end of a step
  stops: async ({ counter }, { signal, progress }) => {
    progress(1);
    while (!signal.aborted) await sleep(1);
    Atomics.add(counter, 0, 1);
    throw new Error('stopped between two steps');
  },
  unclonable: () => () => {},
}));
