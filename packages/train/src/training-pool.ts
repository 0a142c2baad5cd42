import type { EngineName, Standardisation } from '@vqforge/artifact';
import { ThreadPool, type ThreadFailure } from '@vqforge/base/node';
import { shareData, type TrainingData } from './dataset.ts';
import { TrainError, type TrainErrorCode } from './errors.ts';
import { stepCount } from './fit.ts';
import { integerProblem, refuseProblems } from './number-ranges.ts';
import type { Recipe } from './recipe.ts';
import type { FitReply, TrainingCalls, TrainingSetup } from './training-messages.ts';
import { foldSizes } from './training-rows.ts';
import { compileLessWasm } from './wasm-tiering.ts';

/** Options of a `TrainingPool`. */
export interface PoolOptions {
  readonly engine: EngineName;
  readonly workers: number;
  readonly recipe: Recipe;
  readonly seed: number;
  /** Number of feature columns. */
  readonly features: number;
  /** Optimiser steps done and expected, over all fits asked for so far. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Every thread holds an engine of its own, about 100 MB. */
const MOST_WORKERS = 1024;

/** Beyond any feature table; the first layer holds 64 weights for each. */
const MOST_FEATURES = 65_536;

/**
 * Worker threads that fit folds and score them. Threads load the engine as soon as the pool is made, before there is
 * data. Which thread does what never changes a result: every fit starts from its own seed and owns its session's state.
 */
export class TrainingPool {
  readonly #options: PoolOptions;
  readonly #threads: ThreadPool<TrainingCalls>;
  readonly #modelsSent: Promise<void>;
  #data: TrainingData | undefined;
  #sizes: ((heldOutSource: string | null) => number) | undefined;
  #done = 0;
  #total = 0;

  /** @throws TrainError INVALID_OPTION */
  constructor(options: PoolOptions) {
    refuseProblems('INVALID_OPTION', [
      integerProblem('workers', options.workers, 1, MOST_WORKERS),
      integerProblem('features', options.features, 1, MOST_FEATURES),
      integerProblem('seed', options.seed, 0, 0xffff_ffff),
    ]);
    this.#options = options;
    compileLessWasm();
    this.#threads = new ThreadPool({
      script: new URL('./training-worker.js', import.meta.url),
      setup: { engineName: options.engine } satisfies TrainingSetup,
      size: options.workers,
      // onnxruntime-node aborts the process when its thread is terminated within a call
      ending: options.engine === 'native' ? 'between calls' : 'at once',
      // a fit that diverges is its fold's matter
      isolatesFailures: true,
      toError,
    });
    this.#modelsSent = this.#sendModels(options);
    this.#modelsSent.catch(() => undefined);
  }

  /** The graph builder loads after the threads were started, which load the engine meanwhile. */
  async #sendModels({ features, recipe }: PoolOptions): Promise<void> {
    const { predictionModel, trainingModel } = await import('./training-graph.ts');
    const { batchSize, dropout, optimiser } = recipe;
    const training = trainingModel({ features, batchSize, dropout: dropout > 0, optimiser });
    await this.#threads.runOnAll('models', { training, prediction: predictionModel(features) });
  }

  /** Gives every thread the table; call once, before fit. */
  use(data: TrainingData): void {
    this.#data = shareData(data);
    // a failure is the failure of the first fit
    this.#threads.runOnAll('data', this.#data).catch(() => undefined);
  }

  /** Trains with one source held out, or on all rows for null. @throws TrainError */
  async fit(heldOutSource: string | null): Promise<FitReply> {
    const { recipe, seed, onProgress } = this.#options;
    this.#sizes ??= foldSizes(this.#data as TrainingData, recipe);
    this.#total += stepCount(this.#sizes(heldOutSource), recipe);
    await this.#modelsSent;
    let counted = 0;
    const count = (done: number): void => {
      this.#done += done - counted;
      counted = done;
      onProgress?.(this.#done, this.#total);
    };
    return this.#threads.run('fit', { heldOutSource, recipe, seed }, { onProgress: count });
  }

  /** Scores the held-out source, or all rows for null, with an inference model. @throws TrainError */
  async predict(
    heldOutSource: string | null,
    model: Uint8Array,
    standardisation: Standardisation,
  ): Promise<Float32Array> {
    await this.#modelsSent;
    // scoring is short and ends a fold: it goes first
    return this.#threads.run('predict', { heldOutSource, model, standardisation }, { first: true });
  }

  /**
   * Predictions of the training graph itself for the held-out source, or all rows for null, on the scale of its targets.
   *
   * @throws TrainError
   */
  async predictTrained(
    heldOutSource: string | null,
    fitted: Pick<FitReply, 'parameters' | 'standardisation'>,
  ): Promise<Float32Array> {
    await this.#modelsSent;
    return this.#threads.run('predictTrained', { heldOutSource, fitted }, { first: true });
  }

  /** Stops all threads; what is running is lost and rejects with INTERRUPTED. */
  close(): Promise<void> {
    return this.#threads.close();
  }
}

function toError(failure: ThreadFailure): TrainError {
  if (failure.kind === 'threw') {
    // a foreign code, such as Node's own, would read as one of ours
    const isOurs = failure.name === 'TrainError' || failure.name === 'OrtError';
    const code = isOurs ? (failure.fields['code'] as TrainErrorCode) : 'WORKER_FAILED';
    return new TrainError(code, failure.message);
  }
  if (failure.kind === 'closed') return new TrainError('INTERRUPTED', 'training was interrupted');
  const cause = failure.kind === 'died' ? failure.cause : undefined;
  return new TrainError('WORKER_FAILED', `a training thread stopped: ${failure.message}`, { cause });
}
