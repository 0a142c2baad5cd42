import type { RunOptions, ThreadFailure, ThreadPoolOptions } from '@vqforge/base/node';
import { beforeEach, expect, test, vi } from 'vitest';
import { RECIPES } from '../src/recipe.ts';
import { TrainingPool } from '../src/training-pool.ts';
import { trainError } from './helpers/errors.ts';
import { smallTable } from './helpers/table.ts';

interface Call extends RunOptions {
  readonly name: string;
  readonly resolve: (reply: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Threads that do nothing by themselves, so that a test decides what they answer and when they die. */
const { FakeThreads, pools } = await vi.hoisted(() => {
  const opened: FakeThreads[] = [];
  class FakeThreads {
    readonly options: ThreadPoolOptions;
    readonly calls: Call[] = [];

    constructor(options: ThreadPoolOptions) {
      this.options = options;
      opened.push(this);
    }

    run(name: string, _: unknown, options: RunOptions): Promise<unknown> {
      return new Promise((resolve, reject) => {
        this.calls.push({ ...options, name, resolve, reject });
      });
    }

    runOnAll(): Promise<unknown[]> {
      return Promise.resolve([]);
    }

    fail(failure: ThreadFailure): void {
      for (const { reject } of this.calls) reject(this.options.toError(failure));
    }

    close(): Promise<void> {
      this.fail({ kind: 'closed', message: 'the work was stopped' });
      return Promise.resolve();
    }
  }
  return Promise.resolve({ FakeThreads, pools: opened });
});

vi.mock('@vqforge/base/node', () => ({ ThreadPool: FakeThreads }));

beforeEach(() => {
  pools.length = 0;
});

function open(workers: number, onProgress?: (done: number, total: number) => void): TrainingPool {
  const options = { engine: 'wasm', workers, recipe: RECIPES.reference, seed: 0, features: 3 } as const;
  const pool = new TrainingPool({ ...options, ...(onProgress && { onProgress }) });
  pool.use(smallTable(['a', 'b', 'c'], 10));
  return pool;
}

/** Once the threads were asked for so many calls. */
async function called(count: number): Promise<InstanceType<typeof FakeThreads>> {
  await vi.waitFor(() => expect(pools.at(0)!.calls).toHaveLength(count));
  return pools.at(0)!;
}

const STANDARDISATION = { mean: [0, 0, 0], scale: [1, 1, 1] };

test('a thread that throws fails all that runs and waits, with the first reason', async () => {
  const pool = open(2);
  const fits = Promise.allSettled([pool.fit('a'), pool.fit('b'), pool.fit('c')]);
  (await called(3)).fail({ kind: 'died', message: 'out of memory', cause: new Error('out of memory') });
  const failed = { status: 'rejected', reason: trainError('WORKER_FAILED') };
  expect(await fits).toEqual([failed, failed, failed]);
});

test('a thread that exits without a word fails the pool', async () => {
  const pool = open(1);
  const fit = pool.fit('a');
  (await called(1)).fail({ kind: 'died', message: 'the thread ended with code 134' });
  await expect(fit).rejects.toThrow(trainError('WORKER_FAILED'));
  await expect(fit).rejects.toThrow(/134/);
});

test('closed, all that runs and waits is interrupted', async () => {
  const pool = open(1);
  const fits = Promise.allSettled([pool.fit('a'), pool.fit('b')]);
  await called(2);
  await pool.close();
  const interrupted = { status: 'rejected', reason: trainError('INTERRUPTED') };
  expect(await fits).toEqual([interrupted, interrupted]);
});

test('an error of one task is that task’s alone, and keeps its code where it is ours', async () => {
  const pool = open(1);
  const tasks = Promise.allSettled([
    pool.fit('a'),
    pool.predict('b', new Uint8Array(1), STANDARDISATION),
    pool.fit('c'),
  ]);
  const threads = await called(3);
  expect(threads.options.isolatesFailures).toBe(true);
  const thrown = (name: string, code: string): Error =>
    threads.options.toError({
      kind: 'threw',
      name,
      message: 'the loss is NaN',
      fields: { code },
      call: { name: 'fit', request: null },
    });
  threads.calls.at(0)!.reject(thrown('TrainError', 'DIVERGED'));
  threads.calls.at(1)!.resolve(Float32Array.of(2));
  threads.calls.at(2)!.reject(thrown('Error', 'DIVERGED'));
  expect(await tasks).toEqual([
    { status: 'rejected', reason: trainError('DIVERGED') },
    { status: 'fulfilled', value: Float32Array.of(2) },
    { status: 'rejected', reason: trainError('WORKER_FAILED') },
  ]);
});

test('scoring goes before the fits that wait', async () => {
  const pool = open(1);
  void Promise.allSettled([pool.fit('a'), pool.predict('c', new Uint8Array(1), STANDARDISATION)]);
  const { calls } = await called(2);
  expect(calls.map(({ name, first = false }) => [name, first])).toEqual([
    ['fit', false],
    ['predict', true],
  ]);
});

test('a native thread is never ended within a call', () => {
  open(1);
  expect(pools.at(0)!.options.ending).toBe('at once');
  const recipe = RECIPES.reference;
  void new TrainingPool({ engine: 'native', workers: 1, recipe, seed: 0, features: 3 });
  expect(pools.at(1)!.options.ending).toBe('between calls');
});

test('progress adds up over threads and counts no step twice', async () => {
  const told: string[] = [];
  const pool = open(2, (done, total) => told.push(`${done}/${total}`));
  void Promise.allSettled([pool.fit('a'), pool.fit('b')]);
  const { calls } = await called(2);
  // 20 training rows are one step of batch 256 in each of 30 epochs
  for (const [fit, done] of [
    [0, 16],
    [1, 16],
    [0, 30],
    [1, 30],
  ] as const)
    calls.at(fit)!.onProgress!(done);
  expect(told).toEqual(['16/60', '32/60', '46/60', '60/60']);
});
