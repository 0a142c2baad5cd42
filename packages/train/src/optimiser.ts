import { BETA1, BETA2, EPSILON } from './training-graph.ts';
import type { Recipe } from './recipe.ts';
import { learningRate } from './schedule.ts';

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
  readonly #recipe: Recipe;
  readonly #totalSteps: number;

  constructor(recipe: Recipe, totalSteps: number) {
    this.#recipe = recipe;
    this.#totalSteps = totalSteps;
  }

  next(): { stepSize: number; stepEpsilon: number; decay: number } {
    const rate = learningRate(this.#recipe, this.#step, this.#totalSteps);
    this.#step++;
    this.#power1 *= BETA1;
    this.#power2 *= BETA2;
    const root = Math.sqrt((1 - this.#power2) / (1 - BETA2));
    return {
      stepSize: ((rate * (1 - BETA1)) / (1 - this.#power1)) * root,
      stepEpsilon: EPSILON * root,
      decay: 1 - rate * this.#recipe.weightDecay,
    };
  }
}
