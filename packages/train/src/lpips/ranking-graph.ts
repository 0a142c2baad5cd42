import { DATA_TYPE_NUMBER, GraphBuilder, type Graph } from '@vqforge/onnx';
import { OPTIMISERS } from '../optimiser.ts';
import { optimiserStep, scanModel } from '../optimiser-graph.ts';
import { RANKING_INPUTS, RANKING_UNITS, rankingSizes, type Ranking } from './ranking-network.ts';

/** Adam's first constant as upstream trains with it; the second is 0.999, as everywhere. */
export const RANKING_BETA1 = 0.5;

/** Keeps the quotients of two distances finite; upstream's. */
const QUOTIENT_EPSILON = 0.1;

const LEAKY_SLOPE = 0.2;

interface RankingGraphOptions {
  /** Channels of all taps together. */
  readonly channels: number;
  readonly batchSize: number;
  readonly ranking: Ranking;
}

/**
 * Training of LPIPS heads on two-alternative forced choices, as the regressor's training: a Scan of optimiser steps, in
 * memory only. With a frozen trunk a distance is linear in the heads, d = Σ_c w_c · D_c with D_c the mean over positions of
 * the squared difference of unit-normalised features, so a step needs D and not the images.
 *
 * Inputs (float32): state `parameters`, `first_moment`, `second_moment` [P] (ranking-network.ts); per step `x`
 * [steps, B, 2·channels], D of the first and the second image, `y` [steps, B, 1], the share of people who prefer
 * the second, `row_weight` [steps, B, 1], and the numbers of the optimiser.
 * Outputs: the state after the last step, and [steps] each: `loss`, the mean binary cross-entropy, and `accuracy`, the mean
 * of y where d1 < d0 and of 1 − y elsewhere.
 *
 * After each step heads below 0 are raised to 0. Nothing else is clamped: there is nothing else but the ranking network.
 *
 * @see https://github.com/richzhang/PerceptualSimilarity/blob/082bb24/lpips/lpips.py Dist2LogitLayer, BCERankingLoss
 */
export function rankingModel(options: RankingGraphOptions): Uint8Array {
  const [heads = 0, ...network] = rankingSizes(options.channels, options.ranking);
  const free = network.reduce((sum, size) => sum + size, 0);
  const lowerBound = new Float32Array(heads + free);
  lowerBound.fill(-Infinity, heads);
  return scanModel(
    optimiserStep(forwardGraph(options), { beta1: RANKING_BETA1, beta2: OPTIMISERS.adamw.beta2, lowerBound }),
  );
}

function forwardGraph({ channels, batchSize, ranking }: RankingGraphOptions): Graph {
  const b = new GraphBuilder('ranking');
  const int64 = (...values: number[]): string => b.constant('int64', [values.length], values);
  const sizes = rankingSizes(channels, ranking);
  const parameters = b.input('parameters', 'float32', [sizes.reduce((sum, size) => sum + size, 0)]);
  const x = b.input('x', 'float32', [batchSize, 2 * channels]);
  const y = b.input('y', 'float32', [batchSize, 1]);
  const rowWeight = b.input('row_weight', 'float32', [batchSize, 1]);
  const [heads = '', ...network] =
    sizes.length === 1
      ? [parameters]
      : b.nodes('Split', [parameters, int64(...sizes)], { axis: 0 }, sizes.length);

  // one row of heads: so the gradient is a row times the statistics as they lie
  const distances = b.node(
    'Gemm',
    [b.node('Reshape', [heads, int64(1, channels)]), b.node('Reshape', [x, int64(2 * batchSize, channels)])],
    { transB: 1 },
  );
  const pairs = b.node('Reshape', [distances, int64(batchSize, 2)]);
  const [d0 = '', d1 = ''] = b.nodes('Split', [pairs, int64(1, 1)], { axis: 1 }, 2);
  const logit = ranking === 'logistic' ? b.node('Sub', [d0, d1]) : networkLogit(b, d0, d1, network);
  // −y·ln σ(z) − (1 − y)·ln(1 − σ(z)), without the logarithm of a small number
  const entropy = b.node('Sub', [b.node('Softplus', [logit]), b.node('Mul', [logit, y])]);
  b.output(meanOver(b, entropy, rowWeight, 'loss'), 'float32', []);

  const one = b.constant('float32', [], [1]);
  const prefersSecond = b.node('Cast', [b.node('Less', [d1, d0])], { to: DATA_TYPE_NUMBER.float32 });
  const agreed = b.node('Add', [
    b.node('Mul', [prefersSecond, y]),
    b.node('Mul', [b.node('Sub', [one, prefersSecond]), b.node('Sub', [one, y])]),
  ]);
  b.output(meanOver(b, agreed, rowWeight, 'accuracy'), 'float32', []);
  return b.build();
}

/** Upstream's network: 5 → 32 → 32 → 1 with LeakyReLU between. */
function networkLogit(b: GraphBuilder, d0: string, d1: string, tensors: readonly string[]): string {
  const [w1 = '', b1 = '', w2 = '', b2 = '', w3 = '', b3 = ''] = tensors;
  const matrix = (flat: string, rows: number, columns: number): string =>
    b.node('Reshape', [flat, b.constant('int64', [2], [rows, columns])]);
  const quotient = (numerator: string, denominator: string): string =>
    b.node('Div', [numerator, b.node('Add', [denominator, b.constant('float32', [], [QUOTIENT_EPSILON])])]);
  const leaky = (value: string): string => b.node('LeakyRelu', [value], { alpha: LEAKY_SLOPE });
  const seen = b.node('Concat', [d0, d1, b.node('Sub', [d0, d1]), quotient(d0, d1), quotient(d1, d0)], {
    axis: 1,
  });
  const first = leaky(b.node('Gemm', [seen, matrix(w1, RANKING_INPUTS, RANKING_UNITS), b1]));
  const second = leaky(b.node('Gemm', [first, matrix(w2, RANKING_UNITS, RANKING_UNITS), b2]));
  return b.node('Gemm', [second, matrix(w3, RANKING_UNITS, 1), b3]);
}

/** Σ row_weight · value, which is the mean over the rows that are not padding. */
function meanOver(b: GraphBuilder, value: string, rowWeight: string, name: string): string {
  return b.node('ReduceSum', [b.node('Mul', [value, rowWeight])], { keepdims: 0 }, [name]);
}
