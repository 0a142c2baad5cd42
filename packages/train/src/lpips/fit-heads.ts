import type { Engine, Float32Tensor } from '@vqforge/ort';
import { openTrainingSession } from '../training-session.ts';
import { TrainError } from '../errors.ts';
import { OPTIMISERS } from '../optimiser.ts';
import { RandomStream } from '@vqforge/base';
import { initialState, runSteps, type OptimiserState } from '../steps.ts';
import { assertHeadsRecipe, epochRate, epochsOf, type HeadsRecipe } from './heads-recipe.ts';
import { RANKING_BETA1, rankingModel } from './ranking-graph.ts';
import { assertHeads, rankingParameters, rankingSizes } from './ranking-network.ts';
import { TripletBatches } from './triplet-batches.ts';
import type { TripletStatistics } from './triplets.ts';

/** Loss and accuracy of one epoch of training, each batch before its step. */
export interface HeadsEpoch {
  /** 1-based. */
  readonly epoch: number;
  /** Mean binary cross-entropy. */
  readonly loss: number;
  /** Mean share of people on the side of the distances. */
  readonly accuracy: number;
}

/** All that the next epoch depends on, beside the data, the recipe and the seed. */
export interface HeadsProgress {
  readonly state: OptimiserState;
  /** The epochs done. */
  readonly epochs: readonly HeadsEpoch[];
}

/** Options of `fitHeads`. */
export interface FitHeadsOptions {
  readonly engine: Engine;
  readonly statistics: TripletStatistics;
  readonly recipe: HeadsRecipe;
  readonly seed: number;
  /** Heads of all taps to begin with, [channels]; finite and at least 0. */
  readonly heads: Float32Array;
  /** Where an interrupted training stopped. */
  readonly resumeFrom?: HeadsProgress;
  /** Called after each epoch. */
  readonly onEpoch?: (progress: HeadsProgress) => void | Promise<void>;
  /** Called between runs of the engine, with steps of the whole training; an interrupt takes effect here. */
  readonly onSteps?: (done: number, total: number) => void | Promise<void>;
}

interface FittedHeads {
  /** [channels], at least 0. */
  readonly heads: Float32Array;
  readonly epochs: readonly HeadsEpoch[];
}

/** Bound on the feeds of one engine run: nine steps of 50 triplets with SqueezeNet's 2,240 channels. */
const FEED_BYTES = 2 ** 23;

/**
 * Trains heads on judged triplets. The result is a function of statistics, recipe, seed and heads; with the wasm engine
 * bit for bit, however often training was interrupted.
 *
 * @throws TrainError INVALID_RECIPE, INVALID_OPTION; DIVERGED when a loss or a parameter is not finite
 */
export async function fitHeads(options: FitHeadsOptions): Promise<FittedHeads> {
  const { engine, statistics, recipe, seed, heads, resumeFrom, onEpoch, onSteps } = options;
  assertHeadsRecipe(recipe);
  assertHeads(heads);
  if (heads.length !== statistics.channels || statistics.count === 0)
    throw new TrainError(
      'INVALID_OPTION',
      `${heads.length} heads for ${statistics.channels} channels and ${statistics.count} triplets`,
    );
  const { batchSize } = recipe;
  const stepBytes = batchSize * 2 * statistics.channels * Float32Array.BYTES_PER_ELEMENT;
  const stepsPerRun = Math.max(1, Math.floor(FEED_BYTES / stepBytes));
  const stepsPerEpoch = Math.ceil(statistics.count / batchSize);
  const batches = new TripletBatches({
    statistics,
    batchSize,
    seed,
    stepsPerCall: stepsPerRun,
    optimiser: {
      rateOf: (step) => epochRate(recipe, Math.floor(step / stepsPerEpoch)),
      weightDecay: 0,
      beta1: RANKING_BETA1,
      beta2: OPTIMISERS.adamw.beta2,
    },
  });
  let progress = resumeFrom ?? {
    state: initialState(rankingParameters(heads, recipe.ranking, new RandomStream(seed, 'weight-init', 0))),
    epochs: [],
  };
  assertProgress(progress, heads.length, recipe);
  batches.skipEpochs(progress.epochs.length);
  const total = epochsOf(recipe) * stepsPerEpoch;
  const session = await openTrainingSession(
    engine,
    rankingModel({ channels: statistics.channels, batchSize, ranking: recipe.ranking }),
  );
  try {
    while (progress.epochs.length < epochsOf(recipe)) {
      const before = progress.epochs.length;
      batches.startEpoch(before);
      const sums = { loss: 0, accuracy: 0 };
      const state = await runSteps({
        session,
        state: progress.state,
        next: (steps) => batches.next(steps),
        steps: stepsPerEpoch,
        stepsPerRun,
        onRun: async (observed, done) => {
          for (const name of ['loss', 'accuracy'] as const)
            for (const value of (observed[`${name}_steps`] as Float32Tensor).data) sums[name] += value; // own key: a literal
          await onSteps?.(before * stepsPerEpoch + done, total);
        },
      });
      assertFinite(sums.loss, state, before + 1, recipe);
      const epoch = {
        epoch: before + 1,
        loss: sums.loss / stepsPerEpoch,
        // weights of 1/50 in float32 sum to a hair more than 1
        accuracy: Math.min(1, sums.accuracy / stepsPerEpoch),
      };
      progress = { state, epochs: [...progress.epochs, epoch] };
      await onEpoch?.(progress);
    }
  } finally {
    await session.release();
  }
  return { heads: headsOf(progress, heads.length), epochs: progress.epochs };
}

/** The heads after the epochs done. */
export function headsOf({ state }: HeadsProgress, channels: number): Float32Array {
  return state.parameters.slice(0, channels);
}

function assertFinite(
  loss: number,
  { parameters, secondMoment }: OptimiserState,
  epoch: number,
  { learningRate }: HeadsRecipe,
): void {
  if (Number.isFinite(loss) && parameters.every(Number.isFinite) && secondMoment.every(Number.isFinite))
    return;
  throw new TrainError(
    'DIVERGED',
    `the loss or a parameter is not finite in epoch ${epoch}: lower the learning rate (it is ${learningRate})`,
  );
}

function assertProgress({ state, epochs }: HeadsProgress, channels: number, recipe: HeadsRecipe): void {
  const size = rankingSizes(channels, recipe.ranking).reduce((sum, part) => sum + part, 0);
  const vectors = [state.parameters, state.firstMoment, state.secondMoment];
  if (vectors.every(({ length }) => length === size) && epochs.length <= epochsOf(recipe)) return;
  throw new TrainError('INVALID_OPTION', 'the progress to resume from is of another training');
}
