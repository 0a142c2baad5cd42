import { integerProblem, rateProblem, refuseProblems } from '../number-ranges.ts';
import type { Ranking } from './ranking-network.ts';

/** How heads are trained. */
export interface HeadsRecipe {
  readonly ranking: Ranking;
  /** Epochs at the full learning rate, and epochs over which it then falls. */
  readonly epochs: number;
  readonly decayEpochs: number;
  /** Triplets per step. */
  readonly batchSize: number;
  readonly learningRate: number;
}

/** Upstream's: 5 + 5 epochs in batches of 50, Adam at 1e-4. */
export const UPSTREAM_HEADS_RECIPE: HeadsRecipe = {
  ranking: 'network',
  epochs: 5,
  decayEpochs: 5,
  batchSize: 50,
  learningRate: 1e-4,
};

/** Number of epochs of a whole training. */
export function epochsOf({ epochs, decayEpochs }: HeadsRecipe): number {
  return epochs + decayEpochs;
}

/**
 * The learning rate of an epoch as upstream's trainer sets it: the first step down comes after the first epoch of the
 * decay, so 5 + 5 epochs run at 1 1 1 1 1 1 .8 .6 .4 .2 of the full rate.
 *
 * @param epoch 0-based
 */
export function epochRate({ epochs, decayEpochs, learningRate }: HeadsRecipe, epoch: number): number {
  return epoch <= epochs ? learningRate : learningRate * (1 - (epoch - epochs) / decayEpochs);
}

/**
 * Refuses a recipe for heads with a number outside its range.
 *
 * @throws TrainError INVALID_RECIPE naming every number outside its range
 */
export function assertHeadsRecipe(recipe: HeadsRecipe): void {
  refuseProblems('INVALID_RECIPE', [
    integerProblem('epochs', recipe.epochs, 1, 1_000_000),
    integerProblem('decay epochs', recipe.decayEpochs, 0, 1_000_000),
    integerProblem('batch size', recipe.batchSize, 1, 4096),
    rateProblem(recipe.learningRate),
  ]);
}
