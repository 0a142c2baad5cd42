import { float32Tensor, type Float32Tensor } from '@vqforge/ort';
import { DropoutMasks } from './dropout-masks.ts';
import { HIDDEN } from './network.ts';
import { optimiserOf, StepNumbers } from './optimiser.ts';
import { RandomStream, shuffle } from '@vqforge/base';
import type { Recipe } from './recipe.ts';

/** Per-step inputs of the training graph: name → elements of one step. */
interface StepBuffers {
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly row_weight: Float32Array;
  readonly step_size: Float32Array;
  readonly step_epsilon: Float32Array;
  readonly decay: Float32Array;
  readonly mask1: Float32Array;
  readonly mask2: Float32Array;
}

/**
 * The feeds of a training run, a bounded number of steps at a time: rows in the shuffled order of each epoch, their
 * weights, the optimiser's numbers and the dropout masks. Buffers are reused from one call to the next, so memory
 * does not grow with the table.
 */
export class Batches {
  readonly #features: Float32Array;
  readonly #targets: Float32Array;
  readonly #width: number;
  readonly #recipe: Recipe;
  readonly #seed: number;
  readonly #order: Uint32Array;
  readonly #numbers: StepNumbers;
  readonly #buffers: StepBuffers;
  readonly #masks: DropoutMasks | undefined;
  #dropout: RandomStream | undefined;
  #epoch = 0;
  #row: number;

  /** @param totalSteps of the whole run, for the learning-rate schedule; @param stepsPerCall the most that `next` is asked for */
  constructor(
    data: { features: Float32Array; targets: Float32Array },
    recipe: Recipe,
    seed: number,
    totalSteps: number,
    stepsPerCall: number,
  ) {
    this.#features = data.features;
    this.#targets = data.targets;
    this.#width = data.features.length / data.targets.length;
    this.#recipe = recipe;
    this.#seed = seed;
    this.#order = Uint32Array.from(data.targets.keys());
    this.#row = this.#order.length;
    this.#masks = recipe.dropout > 0 ? new DropoutMasks(recipe.dropout) : undefined;
    this.#numbers = new StepNumbers(optimiserOf(recipe, totalSteps));
    const perStep = (elements: number): Float32Array => new Float32Array(stepsPerCall * elements);
    const units = recipe.dropout > 0 ? recipe.batchSize * HIDDEN : 0;
    this.#buffers = {
      x: perStep(recipe.batchSize * this.#width),
      y: perStep(recipe.batchSize),
      row_weight: perStep(recipe.batchSize),
      step_size: perStep(1),
      step_epsilon: perStep(1),
      decay: perStep(1),
      mask1: perStep(units),
      mask2: perStep(units),
    };
  }

  /** Tensors for the next `steps` steps; valid until the next call. */
  next(steps: number): Readonly<Record<string, Float32Tensor>> {
    for (let step = 0; step < steps; step++) this.#fillStep(step);
    const { batchSize } = this.#recipe;
    const feed = (name: keyof StepBuffers, ...dims: number[]): [string, Float32Tensor] => {
      const elements = dims.reduce((product, dim) => product * dim, steps);
      return [`${name}_steps`, float32Tensor(this.#buffers[name].subarray(0, elements), [steps, ...dims])];
    };
    return Object.fromEntries([
      feed('x', batchSize, this.#width),
      feed('y', 1, batchSize),
      feed('row_weight', 1, batchSize),
      feed('step_size'),
      feed('step_epsilon'),
      feed('decay'),
      ...(this.#recipe.dropout > 0
        ? [feed('mask1', batchSize, HIDDEN), feed('mask2', batchSize, HIDDEN)]
        : []),
    ]);
  }

  #fillStep(step: number): void {
    if (this.#row === this.#order.length) this.#startEpoch();
    this.#gatherRows(step);
    const { stepSize, stepEpsilon, decay } = this.#numbers.next();
    this.#buffers.step_size[step] = stepSize;
    this.#buffers.step_epsilon[step] = stepEpsilon;
    this.#buffers.decay[step] = decay;
    const units = this.#recipe.batchSize * HIDDEN;
    for (const mask of [this.#buffers.mask1, this.#buffers.mask2])
      this.#masks?.fill(mask.subarray(step * units, (step + 1) * units), this.#dropout as RandomStream);
  }

  /** Each epoch has its own streams, so it is the same whatever ran before it. */
  #startEpoch(): void {
    this.#order.forEach((_, row) => (this.#order[row] = row));
    shuffle(this.#order, new RandomStream(this.#seed, 'shuffle', this.#epoch));
    this.#dropout = new RandomStream(this.#seed, 'dropout', this.#epoch);
    this.#epoch++;
    this.#row = 0;
  }

  /** Copies the next batch; places beyond the end of the epoch repeat row 0 under weight 0. */
  #gatherRows(step: number): void {
    const { batchSize } = this.#recipe;
    const width = this.#width;
    const count = Math.min(batchSize, this.#order.length - this.#row);
    const { x, y, row_weight: weight } = this.#buffers;
    for (let i = 0; i < batchSize; i++) {
      const to = step * batchSize + i;
      const row = i < count ? (this.#order[this.#row + i] as number) : 0;
      for (let c = 0; c < width; c++) x[to * width + c] = this.#features[row * width + c] as number;
      y[to] = this.#targets[row] as number;
      weight[to] = i < count ? 1 / count : 0;
    }
    this.#row += count;
  }
}
