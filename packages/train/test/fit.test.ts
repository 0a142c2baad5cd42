import { beforeAll, describe, expect, test } from 'vitest';
import { Batches } from '../src/batches.ts';
import { float32Tensor, type Session, type Tensors } from '@vqforge/ort';
import { openEngine } from '@vqforge/ort/node';
import { fit, stepCount } from '../src/fit.ts';
import { initialParameters, parameterCount } from '../src/network.ts';
import { RandomStream } from '@vqforge/base';
import { RECIPES, type Recipe } from '../src/recipe.ts';
import { trainingModel } from '../src/training-graph.ts';
import { trainError } from './helpers/errors.ts';
import { learnableRows, numberedRows } from './helpers/rows.ts';
import { bitsOf, elementsOf, tensorOf } from './helpers/tensors.ts';

const recipe = (changes: Partial<Recipe> = {}): Recipe => ({
  ...RECIPES.reference,
  batchSize: 16,
  epochs: 4,
  ...changes,
});

/** An engine that changes nothing and gives the losses it is told to, one per step. */
function fakeSession(
  losses: (step: number) => number,
  parameters: (value: number) => number = (value) => value,
) {
  const calls: Tensors[] = [];
  let done = 0;
  const session: Session = {
    inputs: [],
    outputs: [],
    run: async (feeds) => {
      calls.push(feeds);
      const steps = elementsOf(feeds, 'step_size_steps').length;
      const before = tensorOf(feeds, 'parameters_before');
      return {
        parameters_after: { ...before, data: before.data.map(parameters) },
        first_moment_after: tensorOf(feeds, 'first_moment_before'),
        second_moment_after: tensorOf(feeds, 'second_moment_before'),
        loss_steps: float32Tensor(
          Float32Array.from({ length: steps }, () => losses(done++)),
          [steps],
        ),
      };
    },
    release: async () => undefined,
  };
  return { session, calls };
}

describe('the loop', () => {
  test('counts a short last batch as a step', () => {
    expect(stepCount(33, recipe())).toBe(4 * 3);
    expect(stepCount(32, recipe())).toBe(4 * 2);
    expect(stepCount(1, recipe({ epochs: 1 }))).toBe(1);
  });

  test('asks for every step once and tells how far it is', async () => {
    const { session, calls } = fakeSession(() => 1);
    const progress: string[] = [];
    // 21 steps: a run of 16 and one of 5
    await fit({
      session,
      ...numberedRows(100),
      recipe: recipe({ epochs: 3 }),
      seed: 0,
      onSteps: (done, total) => progress.push(`${done}/${total}`),
    });
    expect(calls.map((feeds) => tensorOf(feeds, 'x_steps').dims)).toEqual([
      [16, 16, 3],
      [5, 16, 3],
    ]);
    expect(progress).toEqual(['16/21', '21/21']);
  });

  test('starts from the seed’s parameters and from zero moments', async () => {
    const { session, calls } = fakeSession(() => 1);
    const { parameters } = await fit({ session, ...numberedRows(5), recipe: recipe(), seed: 9 });
    expect(parameters).toEqual(initialParameters(3, new RandomStream(9, 'weight-init', 0)));
    expect(elementsOf(calls.at(0)!, 'first_moment_before')).toEqual(new Float32Array(parameterCount(3)));
    expect(elementsOf(calls.at(0)!, 'second_moment_before')).toEqual(new Float32Array(parameterCount(3)));
  });

  test('averages the losses of each epoch', async () => {
    const { session } = fakeSession((step) => step + 1);
    const { epochLoss } = await fit({ session, ...numberedRows(33), recipe: recipe({ epochs: 3 }), seed: 0 });
    expect(epochLoss.map((loss) => Math.round(loss * 1e9) / 1e9)).toEqual([2, 5, 8]);
  });

  test.each([NaN, Infinity, -Infinity])('a loss of %d is DIVERGED, and names its epoch', async (loss) => {
    const { session } = fakeSession((step) => (step === 7 ? loss : 1));
    const run = fit({ session, ...numberedRows(33), recipe: recipe(), seed: 0 });
    await expect(run).rejects.toThrow(trainError('DIVERGED'));
    await expect(run).rejects.toThrow(/epoch 3 of 4.*learning rate/);
  });

  test('parameters that the last step made infinite are DIVERGED, although no loss tells', async () => {
    const { session } = fakeSession(
      () => 1,
      () => Infinity,
    );
    await expect(
      fit({ session, ...numberedRows(3), recipe: recipe({ epochs: 1 }), seed: 0 }),
    ).rejects.toThrow(trainError('DIVERGED'));
  });

  test('the feeds of one run stay below 64 MiB, however large the batch', async () => {
    const { session, calls } = fakeSession(() => 1);
    await fit({ session, ...numberedRows(40), recipe: recipe({ batchSize: 65_536, epochs: 3 }), seed: 0 });
    const bytes = calls.map((feeds) =>
      Object.values(feeds).reduce((sum, { data }) => sum + data.byteLength, 0),
    );
    expect(Math.max(...bytes)).toBeLessThan(64 * 2 ** 20);
    expect(calls).toHaveLength(3);
  });

  test('an engine that fails fails the fit', async () => {
    const session: Session = {
      inputs: [],
      outputs: [],
      run: () => Promise.reject(new Error('engine')),
      release: async () => undefined,
    };
    await expect(fit({ session, ...numberedRows(3), recipe: recipe(), seed: 0 })).rejects.toThrow('engine');
  });
});

describe('on the wasm engine', () => {
  const data = learnableRows(50);
  const of = recipe({ epochs: 10, learningRate: 1e-2 });
  let session: Session;

  beforeAll(async () => {
    const engine = await openEngine('wasm');
    session = await engine.load(trainingModel({ features: 3, batchSize: 16, dropout: true }));
  });

  test('the same seed gives the same bits, another seed other bits', async () => {
    const [one, two, other] = [
      await fit({ session, ...data, recipe: of, seed: 1 }),
      await fit({ session, ...data, recipe: of, seed: 1 }),
      await fit({ session, ...data, recipe: of, seed: 2 }),
    ];
    expect(bitsOf(two.parameters)).toBe(bitsOf(one.parameters));
    expect(two.epochLoss).toEqual(one.epochLoss);
    expect(bitsOf(other.parameters)).not.toBe(bitsOf(one.parameters));
  });

  test('learns', async () => {
    const { epochLoss } = await fit({ session, ...data, recipe: of, seed: 1 });
    expect(epochLoss).toHaveLength(10);
    expect(epochLoss.at(-1)! / epochLoss.at(0)!).toBeLessThan(0.5);
  });

  test('how many steps one run takes does not change a bit', async () => {
    const { parameters } = await fit({ session, ...data, recipe: of, seed: 1 });
    const total = stepCount(50, of);
    for (const stepsPerRun of [1, 7, total]) {
      const batches = new Batches(data, of, 1, total, stepsPerRun);
      const dims = [parameterCount(3)];
      let state: Tensors = {
        parameters_before: float32Tensor(initialParameters(3, new RandomStream(1, 'weight-init', 0)), dims),
        first_moment_before: float32Tensor(new Float32Array(parameterCount(3)), dims),
        second_moment_before: float32Tensor(new Float32Array(parameterCount(3)), dims),
      };
      for (let done = 0; done < total; done += stepsPerRun) {
        const fetches = await session.run({ ...state, ...batches.next(Math.min(stepsPerRun, total - done)) });
        state = Object.fromEntries(
          ['parameters', 'first_moment', 'second_moment'].map((name) => [
            `${name}_before`,
            tensorOf(fetches, `${name}_after`),
          ]),
        );
      }
      expect(bitsOf(elementsOf(state, 'parameters_before'))).toBe(bitsOf(parameters));
    }
  });

  test('row order is part of the data: the caller sorts', async () => {
    const swapped = { features: data.features.slice(), targets: data.targets.slice() };
    swapped.features.set(data.features.subarray(3, 6), 0);
    swapped.features.set(data.features.subarray(0, 3), 3);
    swapped.targets.set([data.targets.at(1)!, data.targets.at(0)!]);
    const [given, other] = [
      await fit({ session, ...data, recipe: of, seed: 1 }),
      await fit({ session, ...swapped, recipe: of, seed: 1 }),
    ];
    expect(bitsOf(other.parameters)).not.toBe(bitsOf(given.parameters));
  });

  test('a learning rate beyond reason is DIVERGED, where Adam stands still at a finite loss', async () => {
    const absurd = recipe({ epochs: 200, learningRate: 1000 });
    await expect(fit({ session, ...data, recipe: absurd, seed: 1 })).rejects.toThrow(trainError('DIVERGED'));
  });
});
