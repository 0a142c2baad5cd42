import type { Recipe } from './recipe.ts';
import { learningRate } from './schedule.ts';

/** Adam's constants; the other numbers of the optimiser change per step and are fed. */
export const BETA1 = 0.9;
export const BETA2 = 0.999;
const EPSILON = 1e-8;

/** What Adam is told of a run. */
export interface Optimiser {
  /** Learning rate of a step, 0-based. */
  readonly rateOf: (step: number) => number;
  /** Decoupled. */
  readonly weightDecay: number;
  readonly beta1: number;
}

/** The optimiser of a regressor's recipe. */
export function optimiserOf(recipe: Recipe, totalSteps: number): Optimiser {
  return {
    rateOf: (step) => learningRate(recipe, step, totalSteps),
    weightDecay: recipe.weightDecay,
    beta1: BETA1,
  };
}

/**
 * The numbers that AdamW needs at each step, for the unnormalised moments of training-graph.ts:
 *   step_size    = lr · (1 − β₁)/(1 − β₁ᵗ) · √((1 − β₂ᵗ)/(1 − β₂))
 *   step_epsilon = ε · √((1 − β₂ᵗ)/(1 − β₂))
 *   decay        = 1 − lr · weight_decay
 * Powers of β run as products, in float64, from + − * / and √ alone: the same bits on every machine.
 */
export class StepNumbers {
  #power1 = 1;
  #power2 = 1;
  #step = 0;
  readonly #optimiser: Optimiser;

  constructor(optimiser: Optimiser) {
    this.#optimiser = optimiser;
  }

  next(): { stepSize: number; stepEpsilon: number; decay: number } {
    const { beta1, weightDecay } = this.#optimiser;
    const rate = this.#optimiser.rateOf(this.#step);
    this.#step++;
    this.#power1 *= beta1;
    this.#power2 *= BETA2;
    const root = Math.sqrt((1 - this.#power2) / (1 - BETA2));
    return {
      stepSize: ((rate * (1 - beta1)) / (1 - this.#power1)) * root,
      stepEpsilon: EPSILON * root,
      decay: 1 - rate * weightDecay,
    };
  }
}
