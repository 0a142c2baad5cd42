import { TrainError } from '../errors.ts';
import { uniform } from '../network.ts';
import type { RandomStream } from '@vqforge/base';

/**
 * How two distances become the chance that people prefer the second image.
 * `network`: upstream's small network, trained with the heads and then thrown away.
 * `logistic`: σ(d0 − d1), which makes the loss convex in the heads.
 */
export type Ranking = 'network' | 'logistic';

/** Units of the two hidden layers of upstream's Dist2LogitLayer. */
export const RANKING_UNITS = 32;

/** Inputs of the network, made of two distances: d0, d1, d0 − d1, d0/(d1 + ε), d1/(d0 + ε). */
export const RANKING_INPUTS = 5;

/**
 * Sizes of the tensors in the flat parameter vector, in order: the heads of all taps, then W1 b1 W2 b2 W3 b3 of the network
 * (1,281 numbers), weights as [inputs, outputs].
 *
 * @param channels of all taps together
 */
export function rankingSizes(channels: number, ranking: Ranking): readonly number[] {
  const n = RANKING_UNITS;
  return ranking === 'logistic' ? [channels] : [channels, RANKING_INPUTS * n, n, n * n, n, n, 1];
}

/**
 * Initial parameters: the given heads, and the network as torch.nn.Conv2d makes it, weights and biases of a layer uniform
 * over ±1/√fan_in, drawn in the order of the vector.
 */
export function rankingParameters(heads: Float32Array, ranking: Ranking, random: RandomStream): Float32Array {
  const [, ...network] = rankingSizes(heads.length, ranking);
  const fanIns = [RANKING_INPUTS, RANKING_INPUTS, ...Array<number>(4).fill(RANKING_UNITS)];
  const drawn = network.map((size, at) => uniform(size, fanIns[at] as number, random));
  return Float32Array.from([heads, ...drawn].flatMap((tensor) => [...tensor]));
}

/**
 * Heads to begin with, as upstream begins: each tap's uniform over ±1/√channels, and those below 0 raised to 0, which
 * upstream does after its first step.
 *
 * @param taps channels of each tap
 */
export function randomHeads(taps: readonly number[], random: RandomStream): Float32Array {
  return Float32Array.from(
    taps.flatMap((channels) => [...uniform(channels, channels, random)].map((weight) => Math.max(0, weight))),
  );
}

/**
 * Refuses heads with a negative or non-finite weight.
 *
 * @throws TrainError INVALID_OPTION unless every head is finite and at least 0
 */
export function assertHeads(heads: Float32Array): void {
  const wrong = heads.find((weight) => !(weight >= 0 && weight < Infinity));
  if (wrong === undefined) return;
  throw new TrainError('INVALID_OPTION', `heads must be finite and at least 0, one is ${wrong}`);
}
