import type { Float32Tensor } from '@vqforge/ort';
import type { Optimiser } from '../optimiser.ts';
import { shuffleRows, StepFeeds } from '../step-feeds.ts';
import type { TripletStatistics } from './triplets.ts';

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
  readonly #feeds: StepFeeds<'x' | 'y' | 'row_weight'>;
  readonly #order: Uint32Array;
  #next = 0;

  constructor(options: TripletBatchesOptions) {
    const { statistics, batchSize, stepsPerCall, optimiser } = options;
    this.#options = options;
    this.#order = new Uint32Array(statistics.count);
    const perTriplet = [batchSize, 1];
    const dims = { x: [batchSize, 2 * statistics.channels], y: perTriplet, row_weight: perTriplet };
    this.#feeds = new StepFeeds(dims, optimiser, stepsPerCall);
  }

  get stepsPerEpoch(): number {
    return Math.ceil(this.#order.length / this.#options.batchSize);
  }

  /** Begins an epoch, whose order is a function of the seed and its number alone. */
  startEpoch(epoch: number): void {
    shuffleRows(this.#order, this.#options.seed, epoch);
    this.#next = 0;
  }

  /** Passes over the steps of epochs that were done before. */
  skipEpochs(epochs: number): void {
    this.#feeds.skip(epochs * this.stepsPerEpoch);
  }

  /** Tensors for the next steps; valid until the next call. */
  next(steps: number): Readonly<Record<string, Float32Tensor>> {
    for (let step = 0; step < steps; step++) this.#fillStep(step);
    return this.#feeds.tensors(steps);
  }

  /** The next batch of the epoch; places beyond its end repeat triplet 0 under weight 0. */
  #fillStep(step: number): void {
    const { statistics, batchSize } = this.#options;
    const { x, y, row_weight: weight } = this.#feeds.buffers;
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
    this.#feeds.putNumbers(step);
  }
}
