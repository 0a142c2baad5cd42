import { beforeEach, expect, test, vi } from 'vitest';
import { RECIPES } from '../src/recipe.ts';
import { TrainingPool } from '../src/training-pool.ts';
import { trainError } from './helpers/errors.ts';
import { smallTable } from './helpers/table.ts';

type Call = { readonly id: number; readonly name: string };

/** Threads that do nothing by themselves, so that a test decides what they answer and when they die. */
const { FakeThread, threads } = await vi.hoisted(async () => {
  const { EventEmitter } = await import('node:events');
  const started: FakeThread[] = [];
  class FakeThread extends EventEmitter {
    readonly #calls: Call[] = [];

    constructor() {
      super();
      started.push(this);
    }

    postMessage(call: Call): void {
      if (call.name === 'models' || call.name === 'data')
        queueMicrotask(() => this.emit('message', { id: call.id, reply: undefined }));
      else this.#calls.push(call);
    }

    terminate(): Promise<number> {
      this.emit('exit', 1);
      return Promise.resolve(1);
    }

    ref(): void {}
    unref(): void {}

    tasks(): string[] {
      return this.#calls.map(({ name }) => name);
    }

    /** Answers the last call. */
    answer(answer: object): void {
      this.emit('message', { id: this.#calls.at(-1)?.id, ...answer });
    }
  }
  return { FakeThread, threads: started };
});

vi.mock('node:worker_threads', () => ({ Worker: FakeThread }));

beforeEach(() => {
  threads.length = 0;
});

function open(workers: number, onProgress?: (done: number, total: number) => void): TrainingPool {
  const options = { engine: 'wasm', workers, recipe: RECIPES.reference, seed: 0, features: 3 } as const;
  const pool = new TrainingPool({ ...options, ...(onProgress && { onProgress }) });
  pool.use(smallTable(['a', 'b', 'c'], 10));
  return pool;
}

const STANDARDISATION = { mean: [0, 0, 0], scale: [1, 1, 1] };
const result = (value: number): object => ({ reply: Float32Array.of(value) });

test('a thread that throws fails all that runs and waits, with the first reason', async () => {
  const pool = open(2);
  const fits = Promise.allSettled([pool.fit('a'), pool.fit('b'), pool.fit('c')]);
  await vi.waitFor(() => expect(threads.flatMap((thread) => thread.tasks())).toHaveLength(2));
  threads.at(0)!.emit('error', new Error('out of memory'));
  threads.at(0)!.emit('exit', 1);
  const failed = { status: 'rejected', reason: trainError('WORKER_FAILED') };
  expect(await fits).toEqual([failed, failed, failed]);
  await expect(pool.fit('a')).rejects.toThrow(/out of memory/);
});

test('a thread that exits without a word fails the pool', async () => {
  const pool = open(1);
  const fit = pool.fit('a');
  await vi.waitFor(() => expect(threads.at(0)!.tasks()).toEqual(['fit']));
  threads.at(0)!.emit('exit', 134);
  await expect(fit).rejects.toThrow(trainError('WORKER_FAILED'));
  await expect(fit).rejects.toThrow(/134/);
});

test('what a thread answers after its pool failed is dropped', async () => {
  const progress: number[] = [];
  const pool = open(1, (done) => progress.push(done));
  const fit = pool.fit('a');
  await vi.waitFor(() => expect(threads.at(0)!.tasks()).toEqual(['fit']));
  const closed = pool.close();
  threads.at(0)!.answer({ done: 16 });
  threads.at(0)!.answer(result(1));
  await expect(fit).rejects.toThrow(trainError('INTERRUPTED'));
  await closed;
  expect(progress).toEqual([]);
});

test('an error of one task is that task’s alone', async () => {
  const pool = open(1);
  const fits = Promise.allSettled([pool.fit('a'), pool.predict('b', new Uint8Array(1), STANDARDISATION)]);
  await vi.waitFor(() => expect(threads.at(0)!.tasks()).toEqual(['fit']));
  threads.at(0)!.answer({
    thrown: { name: 'TrainError', message: 'the loss is NaN', fields: { code: 'DIVERGED' } },
  });
  expect(threads.at(0)!.tasks()).toEqual(['fit', 'predict']);
  threads.at(0)!.answer(result(2));
  expect(await fits).toEqual([
    { status: 'rejected', reason: trainError('DIVERGED') },
    { status: 'fulfilled', value: Float32Array.of(2) },
  ]);
});

test('scoring goes before the fits that wait', async () => {
  const pool = open(1);
  const ends = Promise.allSettled([
    pool.fit('a'),
    pool.fit('b'),
    pool.predict('c', new Uint8Array(1), STANDARDISATION),
  ]);
  await vi.waitFor(() => expect(threads.at(0)!.tasks()).toEqual(['fit']));
  for (let task = 0; task < 3; task++) threads.at(0)!.answer(result(task));
  expect(threads.at(0)!.tasks()).toEqual(['fit', 'predict', 'fit']);
  await ends;
});

test('progress adds up over threads and counts no step twice', async () => {
  const told: string[] = [];
  const pool = open(2, (done, total) => told.push(`${done}/${total}`));
  void Promise.allSettled([pool.fit('a'), pool.fit('b')]);
  await vi.waitFor(() => expect(threads.flatMap((thread) => thread.tasks())).toHaveLength(2));
  // 20 training rows are one step of batch 256 in each of 30 epochs
  for (const [thread, done] of [
    [0, 16],
    [1, 16],
    [0, 30],
    [1, 30],
  ] as const)
    threads.at(thread)!.answer({ done });
  expect(told).toEqual(['16/60', '32/60', '46/60', '60/60']);
});
