import { RandomStream } from '@vqforge/base';
import type { Float32Tensor } from '@vqforge/ort';
import { DropoutMasks } from './dropout-masks.ts';
import { HIDDEN } from './network.ts';
import { optimiserOf } from './optimiser.ts';
import type { Recipe } from './recipe.ts';
import { shuffleRows, StepFeeds } from './step-feeds.ts';

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
  readonly #feeds: StepFeeds<'x' | 'y' | 'row_weight' | 'mask1' | 'mask2'>;
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
    const { batchSize, dropout } = recipe;
    const perRow = [1, batchSize];
    const units = [batchSize, HIDDEN];
    const masks = dropout > 0 ? { mask1: units, mask2: units } : {};
    const dims = { x: [batchSize, this.#width], y: perRow, row_weight: perRow, ...masks };
    this.#feeds = new StepFeeds(dims, optimiserOf(recipe, totalSteps), stepsPerCall);
  }

  /** Tensors for the next `steps` steps; valid until the next call. */
  next(steps: number): Readonly<Record<string, Float32Tensor>> {
    for (let step = 0; step < steps; step++) this.#fillStep(step);
    return this.#feeds.tensors(steps);
  }

  #fillStep(step: number): void {
    if (this.#row === this.#order.length) this.#startEpoch();
    this.#gatherRows(step);
    this.#feeds.putNumbers(step);
    const units = this.#recipe.batchSize * HIDDEN;
    for (const mask of [this.#feeds.buffers.mask1, this.#feeds.buffers.mask2])
      this.#masks?.fill(mask.subarray(step * units, (step + 1) * units), this.#dropout as RandomStream);
  }

  /** Each epoch has its own streams, so it is the same whatever ran before it. */
  #startEpoch(): void {
    shuffleRows(this.#order, this.#seed, this.#epoch);
    this.#dropout = new RandomStream(this.#seed, 'dropout', this.#epoch);
    this.#epoch++;
    this.#row = 0;
  }

  /** Copies the next batch; places beyond the end of the epoch repeat row 0 under weight 0. */
  #gatherRows(step: number): void {
    const { batchSize } = this.#recipe;
    const width = this.#width;
    const count = Math.min(batchSize, this.#order.length - this.#row);
    const { x, y, row_weight: weight } = this.#feeds.buffers;
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
