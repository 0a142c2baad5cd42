import { beforeAll, describe, expect, test } from 'vitest';
import { float32Tensor, type Engine, type Float32Tensor, type Session, type Tensors } from '@vqforge/ort';
import { openEngine } from '@vqforge/ort/node';
import { HIDDEN } from '../src/network.ts';
import { optimiserOf, StepNumbers } from '../src/optimiser.ts';
import { RECIPES } from '../src/recipe.ts';
import { predictionModel, trainingModel } from '../src/training-graph.ts';
import { FEATURES, flatParameters, oracle, ROWS, STEPS, tensorErrors } from './helpers/oracle.ts';
import { bitsOf, elementsOf } from './helpers/tensors.ts';

const initial = flatParameters(oracle.init);
const tensor = (dims: readonly number[], values: Iterable<number>): Float32Tensor =>
  float32Tensor(Float32Array.from(values), dims);

/** Tensors of consecutive recorded steps; `padding` rows of weight 0 follow the 32 of the batch. */
function stepFeeds(from: number, to: number, padding = 0): Tensors {
  const steps = to - from;
  const rows = ROWS + padding;
  const numbers = new StepNumbers(optimiserOf(RECIPES.reference, STEPS));
  const drawn = Array.from({ length: to }, () => numbers.next()).slice(from);
  const eachStep = (values: (step: number) => readonly number[]): number[] =>
    Array.from({ length: steps }, (_, step) => values(from + step)).flat();
  // what stands in the padding must not matter: neither large numbers nor a full mask
  const pad = (width: number, value: number): number[] =>
    Array.from({ length: padding * width }, () => value);
  const mask = (layer: 0 | 1): Float32Tensor =>
    tensor(
      [steps, rows, HIDDEN],
      eachStep((step) => [...oracle.masks.at(step)!.at(layer)!, ...pad(HIDDEN, 1)]),
    );
  return {
    x_steps: tensor(
      [steps, rows, FEATURES],
      eachStep(() => [...oracle.X.flat(), ...pad(FEATURES, 3)]),
    ),
    y_steps: tensor(
      [steps, 1, rows],
      eachStep(() => [...oracle.y, ...pad(1, 100)]),
    ),
    row_weight_steps: tensor(
      [steps, 1, rows],
      eachStep(() => [...oracle.y.map(() => 1 / ROWS), ...pad(1, 0)]),
    ),
    step_size_steps: tensor(
      [steps],
      drawn.map(({ stepSize }) => stepSize),
    ),
    step_epsilon_steps: tensor(
      [steps],
      drawn.map(({ stepEpsilon }) => stepEpsilon),
    ),
    decay_steps: tensor(
      [steps],
      drawn.map(({ decay }) => decay),
    ),
    mask1_steps: mask(0),
    mask2_steps: mask(1),
  };
}

function state(parameters: Float32Array, before?: Tensors): Tensors {
  const dims = [parameters.length];
  const zeros = (): Float32Tensor => float32Tensor(new Float32Array(parameters.length), dims);
  return {
    parameters_before: float32Tensor(parameters, dims),
    first_moment_before: before?.['first_moment_after'] ?? zeros(),
    second_moment_before: before?.['second_moment_after'] ?? zeros(),
  };
}

describe.each(['wasm', 'native'] as const)('PyTorch’s five steps on %s', (name) => {
  let engine: Engine;
  let session: Session;
  let afterOne: Tensors;
  let afterFive: Tensors;

  beforeAll(async () => {
    engine = await openEngine(name);
    session = await engine.load(trainingModel({ features: FEATURES, batchSize: ROWS, dropout: true }));
    afterOne = await session.run({ ...state(initial), ...stepFeeds(0, 1) });
    afterFive = await session.run({ ...state(initial), ...stepFeeds(0, STEPS) });
  });

  test('gradients: 1e-5 of the largest entry of each tensor', () => {
    // from zero moments, the unnormalised first moment after one step is the gradient itself
    const errors = tensorErrors(elementsOf(afterOne, 'first_moment_after'), oracle.steps.at(0)!.grads!);
    expect(errors.filter(({ relative }) => !(relative <= 1e-5))).toEqual([]);
    expect(errors).toHaveLength(6);
  });

  test('parameters after one and five steps of AdamW: 1e-6', () => {
    for (const [fetches, step] of [
      [afterOne, 0],
      [afterFive, 4],
    ] as const) {
      const errors = tensorErrors(elementsOf(fetches, 'parameters_after'), oracle.steps.at(step)!.params!);
      expect(errors.filter(({ absolute }) => !(absolute <= 1e-6))).toEqual([]);
    }
  });

  test('losses: 1e-6 of their size, some ten units in the last place', () => {
    const losses = elementsOf(afterFive, 'loss_steps');
    const worst = oracle.steps.map(({ loss }, step) => Math.abs(losses.at(step)! / loss - 1));
    expect(worst).toHaveLength(STEPS);
    expect(Math.max(...worst)).toBeLessThan(1e-6);
    expect(elementsOf(afterOne, 'loss_steps')).toEqual(losses.slice(0, 1));
  });

  test('predictions without dropout after five steps', async () => {
    const parameters = elementsOf(afterFive, 'parameters_after');
    const inference = await engine.load(predictionModel(FEATURES));
    const fetches = await inference.run({
      parameters: float32Tensor(parameters, [parameters.length]),
      x: tensor([ROWS, FEATURES], oracle.X.flat()),
    });
    const predictions = elementsOf(fetches, 'prediction');
    const worst = oracle.eval_after.map((value, row) => Math.abs(value - predictions.at(row)!));
    expect(worst).toHaveLength(ROWS);
    // scores of up to 1 from parameters some 3e-8 off, 64 of which meet in one sum of float32 products
    expect(Math.max(...worst)).toBeLessThan(1e-6);
    await inference.release();
  });

  test('five runs of one step are one run of five steps, bit for bit', async () => {
    let fetches = afterOne;
    for (let step = 1; step < STEPS; step++)
      fetches = await session.run({
        ...state(elementsOf(fetches, 'parameters_after'), fetches),
        ...stepFeeds(step, step + 1),
      });
    for (const part of ['parameters_after', 'first_moment_after', 'second_moment_after'])
      expect(bitsOf(elementsOf(fetches, part))).toBe(bitsOf(elementsOf(afterFive, part)));
  });

  test('rows of weight 0 change neither loss nor gradient', async () => {
    const padded = await engine.load(
      trainingModel({ features: FEATURES, batchSize: ROWS + 7, dropout: true }),
    );
    const fetches = await padded.run({ ...state(initial), ...stepFeeds(0, 1, 7) });
    const errors = tensorErrors(elementsOf(fetches, 'first_moment_after'), oracle.steps.at(0)!.grads!);
    expect(errors.filter(({ relative }) => !(relative <= 1e-5))).toEqual([]);
    expect(Math.abs(elementsOf(fetches, 'loss_steps').at(0)! / oracle.steps.at(0)!.loss - 1)).toBeLessThan(
      1e-6,
    );
    await padded.release();
  });
});
