import { checkModel, decodeModel } from '@vqforge/onnx';
import { beforeAll, describe, expect, test } from 'vitest';
import { float32Tensor, type Engine, type Tensors } from '@vqforge/ort';
import { openEngine } from '@vqforge/ort/node';
import { rankingModel } from '../../src/lpips/ranking-graph.ts';
import { randomHeads, rankingParameters, rankingSizes } from '../../src/lpips/ranking-network.ts';
import { RandomStream } from '@vqforge/base';
import { elementsOf } from '../helpers/tensors.ts';
import { rankingLoss, type Batch } from './ranking-loss.ts';

const CHANNELS = 9;
const ROWS = 7;

/** Fractional judgements too: BAPPS has up to five people per triplet. */
function batch(seed: number): Batch {
  const random = new RandomStream(seed, 'dropout', 0);
  return {
    channels: CHANNELS,
    x: Float32Array.from({ length: 2 * ROWS * CHANNELS }, () => random.fraction()),
    judgements: Float32Array.from({ length: ROWS }, () => random.below(6) / 5),
  };
}

function feeds(parameters: Float32Array, { x, judgements }: Batch, padding: number, stepSize = 0): Tensors {
  const rows = ROWS + padding;
  const tensor = (dims: readonly number[], values: ArrayLike<number>) => {
    const data = new Float32Array(dims.reduce((product, dim) => product * dim, 1));
    data.set(values);
    return float32Tensor(data, dims);
  };
  const size = [parameters.length];
  return {
    parameters_before: float32Tensor(parameters, size),
    first_moment_before: tensor(size, []),
    second_moment_before: tensor(size, []),
    x_steps: tensor([1, rows, 2 * CHANNELS], x),
    y_steps: tensor([1, rows, 1], judgements),
    row_weight_steps: tensor([1, rows, 1], new Float32Array(ROWS).fill(1 / ROWS)),
    step_size_steps: tensor([1], [stepSize]),
    step_epsilon_steps: tensor([1], [1e-8]),
    decay_steps: tensor([1], [1]),
  };
}

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine('wasm');
});

describe.each(['network', 'logistic'] as const)('ranking by %s', (ranking) => {
  const count = rankingSizes(CHANNELS, ranking).reduce((sum, size) => sum + size, 0);

  test('is a valid graph of the documented size', () => {
    expect(checkModel(decodeModel(rankingModel({ channels: CHANNELS, batchSize: 3, ranking })))).toEqual([]);
    expect(count).toBe(ranking === 'network' ? CHANNELS + 1281 : CHANNELS);
  });

  test.each([0, 3])(
    'loss and gradient are those of central differences in float64, %i rows of padding',
    async (padding) => {
      const session = await engine.load(
        rankingModel({ channels: CHANNELS, batchSize: ROWS + padding, ranking }),
      );
      for (let seed = 1; seed <= 5; seed++) {
        const random = new RandomStream(seed, 'weight-init', 0);
        const parameters = rankingParameters(randomHeads([CHANNELS], random), ranking, random);
        const triplets = batch(seed);
        const fetches = await session.run(feeds(parameters, triplets, padding));
        const exact = Float64Array.from(parameters);
        // float32 of some hundred terms near 1
        expect(elementsOf(fetches, 'loss_steps').at(0)).toBeCloseTo(rankingLoss(exact, triplets, ranking), 6);
        // with a zero moment before it, the first moment is the gradient
        const gradient = elementsOf(fetches, 'first_moment_after');
        const step = 1e-5;
        let worst = 0;
        for (let i = 0; i < count; i++) {
          const moved = (by: number): number =>
            rankingLoss(exact.with(i, exact.at(i)! + by), triplets, ranking);
          worst = Math.max(worst, Math.abs((moved(step) - moved(-step)) / (2 * step) - gradient.at(i)!));
        }
        expect(worst).toBeLessThan(1e-5);
      }
      await session.release();
    },
  );

  test('a step raises heads below 0 to 0 and nothing else', async () => {
    const session = await engine.load(rankingModel({ channels: CHANNELS, batchSize: ROWS, ranking }));
    const random = new RandomStream(1, 'weight-init', 0);
    const parameters = rankingParameters(randomHeads([CHANNELS], random), ranking, random);
    // the first step of Adam is step_size · sign(gradient) at these numbers: larger than any parameter
    const fetches = await session.run(feeds(parameters, batch(1), 0, 10));
    const after = elementsOf(fetches, 'parameters_after');
    const gradient = elementsOf(fetches, 'first_moment_after');
    // a gradient near ε = 1e-8 moves less than its sign
    const clear = [...gradient.keys()].filter((i) => Math.abs(gradient.at(i)!) > 1e-4);
    const errors = clear.map((i) => {
      const moved = parameters.at(i)! - 10 * Math.sign(gradient.at(i)!);
      return Math.abs(after.at(i)! - (i < CHANNELS ? Math.max(0, moved) : moved));
    });
    expect(Math.max(...errors)).toBeLessThan(0.01);
    expect(gradient.subarray(0, CHANNELS).some((value) => value > 0)).toBe(true);
    expect(after.subarray(0, CHANNELS).every((value) => value >= 0)).toBe(true);
    expect(ranking === 'logistic' || after.subarray(CHANNELS).some((value) => value < 0)).toBe(true);
    await session.release();
  });
});

test('accuracy is the share of people on the side of the distances', async () => {
  const session = await engine.load(
    rankingModel({ channels: CHANNELS, batchSize: ROWS, ranking: 'logistic' }),
  );
  const triplets = batch(3);
  const heads = Float32Array.from({ length: CHANNELS }, (_, c) => c / CHANNELS);
  const fetches = await session.run(feeds(heads, triplets, 0));
  const distance = (row: number, image: number): number =>
    heads.reduce((sum, weight, c) => sum + weight * triplets.x.at((2 * row + image) * CHANNELS + c)!, 0);
  const agreed = [...triplets.judgements].map((judgement, row) =>
    distance(row, 1) < distance(row, 0) ? judgement : 1 - judgement,
  );
  const mean = agreed.reduce((sum, value) => sum + value, 0) / ROWS;
  expect(elementsOf(fetches, 'accuracy_steps').at(0)).toBeCloseTo(mean, 6);
  await session.release();
});
