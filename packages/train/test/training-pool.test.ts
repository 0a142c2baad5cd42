import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  agreement,
  crossValidate,
  RECIPES,
  score,
  TrainError,
  TrainingPool,
  type FitReply,
  type PoolOptions,
  type TrainingData,
} from '@vqforge/train';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { trainError } from './helpers/errors.ts';
import { inferenceModel } from './helpers/inference-model.ts';
import { smallTable } from './helpers/table.ts';
import { bitsOf } from './helpers/tensors.ts';

const NAMES = ['c', 'a', 'B', 'z'];
const FOLDS = [...NAMES, null];
const DATA = smallTable(NAMES);
const RECIPE = { ...RECIPES.reference, epochs: 3, batchSize: 16, standardiseTarget: true };

function open(options: Partial<PoolOptions> = {}, data: TrainingData = DATA): TrainingPool {
  const pool = new TrainingPool({
    engine: 'wasm',
    workers: 1,
    recipe: RECIPE,
    seed: 0,
    features: 3,
    ...options,
  });
  pool.use(data);
  return pool;
}

const pools: TrainingPool[] = [];
/** A pool that ends with its test. */
function openHere(options: Partial<PoolOptions>, data?: TrainingData): TrainingPool {
  const pool = open(options, data);
  pools.push(pool);
  return pool;
}

let progress: [done: number, total: number][] = [];
/** Two threads that most tests share: each costs a second core a good half second to start. */
const shared = open({ workers: 2, onProgress: (...told) => progress.push(told) });

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});
afterAll(() => shared.close());

const fitAll = (pool: TrainingPool): Promise<FitReply[]> =>
  Promise.all(FOLDS.map((heldOut) => pool.fit(heldOut)));
const bitsOfAll = (fitted: readonly FitReply[]): string[] =>
  fitted.map(({ parameters }) => bitsOf(parameters));

describe('the same bits', () => {
  test('for 1, 2 and 4 threads', async () => {
    const two = bitsOfAll(await fitAll(shared));
    expect(new Set(two).size).toBe(FOLDS.length);
    for (const workers of [1, 4]) expect(bitsOfAll(await fitAll(openHere({ workers })))).toEqual(two);
  });

  test('for the same folds asked again in another order', async () => {
    const one = await fitAll(shared);
    const again = await Promise.all(FOLDS.toReversed().map((heldOut) => shared.fit(heldOut)));
    expect(bitsOfAll(again.toReversed())).toEqual(bitsOfAll(one));
    expect(again.toReversed().map(({ epochLoss }) => epochLoss)).toEqual(
      one.map(({ epochLoss }) => epochLoss),
    );
  });

  test('not for another seed', async () => {
    const [one, other] = [await shared.fit('a'), await openHere({ seed: 1 }).fit('a')];
    expect(other.standardisation).toEqual(one.standardisation);
    expect(bitsOf(other.parameters)).not.toBe(bitsOf(one.parameters));
  });

  test('on the native engine, in one process', async () => {
    const pool = openHere({ engine: 'native' });
    const [one, two] = [await pool.fit('a'), await pool.fit('a')];
    expect(bitsOf(two.parameters)).toBe(bitsOf(one.parameters));
    // float32 in another order of summation, over 24 steps
    const wasm = (await shared.fit('a')).parameters;
    expect(Math.max(...wasm.map((value, i) => Math.abs(value - one.parameters.at(i)!)))).toBeLessThan(1e-4);
  });
});

describe('a fold', () => {
  test('learns nothing of the rows that it holds out', async () => {
    const held = NAMES.indexOf('a');
    const change = (values: Float64Array): Float64Array =>
      values.map((value, row) => (DATA.source.codes.at(row) === held ? 1e6 - 3 * value : value));
    const changed = { ...DATA, features: DATA.features.map(change), target: change(DATA.target) };
    const pool = openHere({}, changed);
    const [given, other] = [await shared.fit('a'), await pool.fit('a')];
    expect(bitsOf(other.parameters)).toBe(bitsOf(given.parameters));
    expect(other.standardisation).toEqual(given.standardisation);
    expect(other.targetStandardisation).toEqual(given.targetStandardisation);
    expect((await pool.fit('z')).standardisation).not.toEqual((await shared.fit('z')).standardisation);
  });

  test('the training graph and the textbook network answer the same', async () => {
    const fitted = await shared.fit('z');
    const { mean, scale } = fitted.targetStandardisation;
    for (const [heldOut, rows] of [
      ['z', 40],
      [null, 160],
    ] as const) {
      const textbook = await shared.predict(heldOut, inferenceModel(fitted), fitted.standardisation);
      const own = await shared.predictTrained(heldOut, fitted);
      expect(textbook).toHaveLength(rows);
      const worst = Math.max(
        ...textbook.map((value, row) => Math.abs(value - (own.at(row)! * scale + mean))),
      );
      // a score of 100 has units in the last place of 8e-6, and each side rounds a few times
      expect(worst).toBeLessThan(1e-4);
    }
  });
});

describe('crossValidate', () => {
  test('scores every source once, with the model that did not see it', async () => {
    progress = [];
    const seen: string[] = [];
    const {
      perFold,
      summary,
      predictions: heldOut,
    } = await crossValidate(shared, DATA, inferenceModel, (source) => seen.push(source));
    expect([...perFold.keys()]).toEqual(['B', 'a', 'c', 'z']);
    expect(seen.toSorted()).toEqual(['B', 'a', 'c', 'z']);
    expect(summary.n_folds).toBe(4);
    const fitted = await shared.fit('c');
    const predictions = await shared.predict('c', inferenceModel(fitted), fitted.standardisation);
    const target = DATA.target.filter((_, row) => DATA.source.codes.at(row) === NAMES.indexOf('c'));
    expect(perFold.get('c')).toEqual(agreement(predictions, target));
    const ofSource = [...DATA.source.codes.entries()].filter(([, code]) => code === NAMES.indexOf('c'));
    expect(ofSource.map(([row]) => heldOut.at(row))).toEqual([...predictions]);
    // the model of another fold has seen these rows
    const other = await shared.fit('z');
    const result = await score(shared, DATA, 'c', inferenceModel(other), other);
    expect(result.agreement).not.toEqual(perFold.get('c'));
  });

  test('odd tables: a constant teacher in a fold, a constant feature, a source of one row', async () => {
    const constant = NAMES.indexOf('a');
    const codes = DATA.source.codes.map((code, row) => (row === 0 ? 4 : code));
    const data: TrainingData = {
      features: [...DATA.features.slice(0, 2), new Float64Array(codes.length).fill(7)],
      target: DATA.target.map((value, row) => (codes.at(row) === constant ? 99.7 : value)),
      source: { names: [...NAMES, 'single'], codes },
    };
    const { perFold, summary } = await crossValidate(openHere({}, data), data, inferenceModel);
    expect(perFold.get('a')).toMatchObject({ plcc: null, srocc: null, krocc: null, tied_target_fraction: 1 });
    expect(perFold.get('a')?.undefined_because?.['plcc']).toMatch(/every target is 99.7/);
    expect(perFold.get('single')).toMatchObject({ n: 1, plcc: null });
    expect([...perFold.values()].every(({ rmse }) => Number.isFinite(rmse))).toBe(true);
    expect(summary).toMatchObject({ mean_plcc: null, n_folds: 5 });
  });

  test('begins no fold after one failed: sources by the thousand keep no signal waiting', async () => {
    const count = 1000;
    const data: TrainingData = {
      features: [Float64Array.from({ length: count }, (_, row) => row)],
      target: Float64Array.from({ length: count }, (_, row) => row % 100),
      source: {
        names: Array.from({ length: count }, (_, row) => `s${row}`),
        codes: Uint32Array.from({ length: count }, (_, row) => row),
      },
    };
    let fits = 0;
    const closed = {
      fit: () => Promise.reject(new TrainError('INTERRUPTED', `fit ${fits++}`)),
    } as unknown as TrainingPool;
    await expect(crossValidate(closed, data, inferenceModel)).rejects.toMatchObject({ code: 'INTERRUPTED' });
    // those of the turn in which the first one's failure arrives
    expect(fits).toBeLessThan(5);
  });

  test('one source is too few', async () => {
    const data = smallTable(['only']);
    await expect(crossValidate(shared, data, inferenceModel)).rejects.toThrow(trainError('TOO_FEW_SOURCES'));
  });
});

test('progress rises to the steps of all fits asked for', async () => {
  progress = [];
  await shared.fit('a');
  const [before = [0, 0]] = progress;
  progress = [];
  await fitAll(shared);
  const done = progress.map(([steps]) => steps);
  expect(done).toEqual(done.toSorted((a, b) => a - b));
  // four folds of 120 rows and one fit of 160, by 16, three times
  expect(progress.at(-1)![1] - before[1]).toBe(3 * (4 * 8 + 10));
  expect(progress.at(-1)![0]).toBe(progress.at(-1)![1]);
});

describe('failures', () => {
  test.each<[string, Partial<PoolOptions>]>([
    ['no threads', { workers: 0 }],
    ['half a thread', { workers: 1.5 }],
    ['more threads than a machine has', { workers: 1e6 }],
    ['no features', { features: 0 }],
    ['a negative seed', { seed: -1 }],
    ['a seed beyond 32 bits', { seed: 2 ** 32 }],
    ['a seed that is no number', { seed: NaN }],
  ])('%s is INVALID_OPTION, before a thread starts', (_, options) => {
    expect(() => open(options)).toThrow(trainError('INVALID_OPTION'));
  });

  test('a source that is not there is FOLD_EMPTY', async () => {
    await expect(shared.fit('nothing')).rejects.toThrow(trainError('FOLD_EMPTY'));
  });

  test('what the engine refuses is WORKER_FAILED, and the thread goes on', async () => {
    const fitted = await shared.fit(null);
    const garbage = Uint8Array.of(1, 2, 3);
    const standardisation = { mean: [0], scale: [1] };
    for (const model of [
      garbage,
      inferenceModel({ ...fitted, standardisation, parameters: fitted.parameters.slice(128) }),
    ])
      await expect(shared.predict(null, model, fitted.standardisation)).rejects.toThrow(
        trainError('WORKER_FAILED'),
      );
    expect(bitsOfAll([await shared.fit(null), await shared.fit(null)])).toEqual(bitsOfAll([fitted, fitted]));
  });

  test('a table of another width than the pool is WORKER_FAILED', async () => {
    await expect(openHere({ features: 2 }).fit(null)).rejects.toThrow(trainError('WORKER_FAILED'));
  });
});

describe('close', () => {
  const interrupted = { status: 'rejected', reason: trainError('INTERRUPTED') };

  test('before the threads have loaded anything', async () => {
    const pool = open();
    const fits = Promise.allSettled([pool.fit('a'), pool.fit('z')]);
    await pool.close();
    expect(await fits).toEqual([interrupted, interrupted]);
    await expect(pool.fit('a')).rejects.toThrow(trainError('INTERRUPTED'));
    await pool.close();
  });

  test.each(['wasm', 'native'])(
    'in the middle of a run on %s leaves no thread: the process ends by itself',
    async (engine) => {
      const script = fileURLToPath(new URL('helpers/close-while-training.mjs', import.meta.url));
      const { stdout } = await promisify(execFile)(process.execPath, [script, engine], { timeout: 50_000 });
      expect(stdout).toBe('INTERRUPTED,INTERRUPTED,INTERRUPTED\n');
    },
  );
});
