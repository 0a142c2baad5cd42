import type { Recipe } from './recipe.ts';
import { learningRate } from './schedule.ts';

const EPSILON = 1e-8;

/** Steps between two refreshments of the bases of `soap`, a multiple of all numbers of steps in one run of the engine. */
export const STEPS_PER_BASIS = 32;

/**
 * Optimisers of the parameters, by name; all else that differs is in the recipe.
 * - `adamw`: AdamW with the constants of torch.optim.AdamW
 * - `soap`: AdamW whose moments are kept in the eigenbasis of each layer's gradients (eigenbasis.ts), which needs a third of
 *   the steps; its second moment forgets sooner, since the basis moves
 *
 * @see Vyas et al., "SOAP: Improving and Stabilizing Shampoo using Adam", ICLR 2025 (here one-sided, on the outputs of a layer)
 */
export const OPTIMISERS = {
  adamw: { beta1: 0.9, beta2: 0.999, usesEigenbases: false },
  soap: { beta1: 0.9, beta2: 0.98, usesEigenbases: true },
} as const;

export type OptimiserName = keyof typeof OPTIMISERS;

/** Settings of Adam for a run. */
export interface Optimiser {
  /** Learning rate of a step, 0-based. */
  readonly rateOf: (step: number) => number;
  /** Decoupled. */
  readonly weightDecay: number;
  readonly beta1: number;
  readonly beta2: number;
}

/** The optimiser of a regressor's recipe. */
export function optimiserOf(recipe: Recipe, totalSteps: number): Optimiser {
  const { beta1, beta2 } = OPTIMISERS[recipe.optimiser];
  const rateOf = (step: number): number => learningRate(recipe, step, totalSteps);
  return { rateOf, weightDecay: recipe.weightDecay, beta1, beta2 };
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
    const { beta1, beta2, weightDecay } = this.#optimiser;
    const rate = this.#optimiser.rateOf(this.#step);
    this.#step++;
    this.#power1 *= beta1;
    this.#power2 *= beta2;
    const root = Math.sqrt((1 - this.#power2) / (1 - beta2));
    return {
      stepSize: ((rate * (1 - beta1)) / (1 - this.#power1)) * root,
      stepEpsilon: EPSILON * root,
      decay: 1 - rate * weightDecay,
    };
  }
}
