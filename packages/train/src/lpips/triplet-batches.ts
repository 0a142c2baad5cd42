import { float32Tensor, type Float32Tensor } from '@vqforge/ort';
import type { Optimiser } from '../optimiser.ts';
import { StepNumbers } from '../optimiser.ts';
import { RandomStream, shuffle } from '@vqforge/base';
import type { TripletStatistics } from './triplets.ts';

/** Per-step inputs of the ranking graph. */
const INPUTS = ['x', 'y', 'row_weight', 'step_size', 'step_epsilon', 'decay'] as const;
type Input = (typeof INPUTS)[number];

interface TripletBatchesOptions {
  readonly statistics: TripletStatistics;
  readonly batchSize: number;
  readonly optimiser: Optimiser;
  readonly seed: number;
  /** The most that `next` is asked for. */
  readonly stepsPerCall: number;
}

/** The feeds of training on triplets, epoch by epoch; buffers are reused, so memory does not grow with the triplets. */
export class TripletBatches {
  readonly #options: TripletBatchesOptions;
  readonly #numbers: StepNumbers;
  readonly #buffers: Readonly<Record<Input, Float32Array>>;
  readonly #order: Uint32Array;
  #next = 0;

  constructor(options: TripletBatchesOptions) {
    const { statistics, batchSize, stepsPerCall, optimiser } = options;
    this.#options = options;
    this.#numbers = new StepNumbers(optimiser);
    this.#order = new Uint32Array(statistics.count);
    const buffers = INPUTS.map((name) => [
      name,
      new Float32Array(stepsPerCall * this.#size(name, batchSize)),
    ]);
    this.#buffers = Object.fromEntries(buffers) as Record<Input, Float32Array>;
  }

  get stepsPerEpoch(): number {
    return Math.ceil(this.#order.length / this.#options.batchSize);
  }

  /** Begins an epoch, whose order is a function of the seed and its number alone. */
  startEpoch(epoch: number): void {
    this.#order.forEach((_, at) => (this.#order[at] = at));
    shuffle(this.#order, new RandomStream(this.#options.seed, 'shuffle', epoch));
    this.#next = 0;
  }

  /** Passes over the steps of epochs that were done before. */
  skipEpochs(epochs: number): void {
    for (let step = epochs * this.stepsPerEpoch; step > 0; step--) this.#numbers.next();
  }

  next(steps: number): Readonly<Record<string, Float32Tensor>> {
    for (let step = 0; step < steps; step++) this.#fillStep(step);
    const { batchSize, statistics } = this.#options;
    const feed = (name: Input, ...dims: number[]): [string, Float32Tensor] => {
      const data = this.#buffers[name].subarray(0, steps * this.#size(name, batchSize));
      return [`${name}_steps`, float32Tensor(data, [steps, ...dims])];
    };
    return Object.fromEntries([
      feed('x', batchSize, 2 * statistics.channels),
      feed('y', batchSize, 1),
      feed('row_weight', batchSize, 1),
      feed('step_size'),
      feed('step_epsilon'),
      feed('decay'),
    ]);
  }

  /** The next batch of the epoch; places beyond its end repeat triplet 0 under weight 0. */
  #fillStep(step: number): void {
    const { statistics, batchSize } = this.#options;
    const { x, y, row_weight: weight } = this.#buffers;
    const width = 2 * statistics.channels;
    const count = Math.min(batchSize, this.#order.length - this.#next);
    for (let i = 0; i < batchSize; i++) {
      const at = step * batchSize + i;
      const triplet = i < count ? (this.#order[this.#next + i] as number) : 0;
      statistics.read(triplet, x.subarray(at * width, (at + 1) * width));
      y[at] = statistics.judgements[triplet] as number;
      weight[at] = i < count ? 1 / count : 0;
    }
    this.#next += count;
    const { stepSize, stepEpsilon, decay } = this.#numbers.next();
    this.#buffers.step_size[step] = stepSize;
    this.#buffers.step_epsilon[step] = stepEpsilon;
    this.#buffers.decay[step] = decay;
  }

  /** Elements of one step. */
  #size(name: Input, batchSize: number): number {
    if (name === 'x') return batchSize * 2 * this.#options.statistics.channels;
    return name === 'y' || name === 'row_weight' ? batchSize : 1;
  }
}
