import type { Float32Tensor, Session } from '@vqforge/ort';
import { Batches } from './batches.ts';
import { Eigenbases } from './eigenbasis.ts';
import { TrainError } from './errors.ts';
import { HIDDEN, initialParameters } from './network.ts';
import { OPTIMISERS, STEPS_PER_BASIS } from './optimiser.ts';
import { RandomStream } from '@vqforge/base';
import type { Recipe } from './recipe.ts';
import { initialState, runSteps } from './steps.ts';

interface FitOptions {
  /** A session of `trainingModel` for this recipe and number of features. */
  readonly session: Session;
  /** Standardised features [rows, features], row-major. */
  readonly features: Float32Array;
  /** Targets [rows], standardised where the recipe says so. */
  readonly targets: Float32Array;
  readonly recipe: Recipe;
  readonly seed: number;
  /** Called between runs of the engine; an interrupt takes effect here. */
  readonly onSteps?: (done: number, total: number) => void;
}

/** A trained network. */
export interface FitResult {
  /** Flat parameter vector (network.ts). */
  readonly parameters: Float32Array;
  /** Mean training loss of each epoch, on the scale of the targets. */
  readonly epochLoss: readonly number[];
}

/** Steps per engine run: some 10 ms of work, and 2 MB of feeds with dropout, which a core's caches hold. A power of two. */
const STEPS_PER_RUN = 16;

/** The bound on the feeds of one engine run, for batches so large that fewer steps reach it. */
const MAX_FEED_BYTES = 64 * 2 ** 20;

/** Number of optimiser steps of a run: the last, short batch of an epoch counts as one. */
export function stepCount(rows: number, recipe: Recipe): number {
  return recipe.epochs * Math.ceil(rows / recipe.batchSize);
}

/**
 * Trains the network from its seeded initial parameters. The result is a function of the data, the recipe and the
 * seed; with the wasm engine, bit for bit.
 *
 * @throws TrainError DIVERGED when a loss, a parameter or a second moment is not finite
 */
export async function fit({
  session,
  features,
  targets,
  recipe,
  seed,
  onSteps,
}: FitOptions): Promise<FitResult> {
  const width = features.length / targets.length;
  const total = stepCount(targets.length, recipe);
  const perEpoch = total / recipe.epochs;
  const stepsPerRun = Math.min(total, stepsWithin(MAX_FEED_BYTES, width, recipe));
  const batches = new Batches({ features, targets }, recipe, seed, total, stepsPerRun);
  const bases = OPTIMISERS[recipe.optimiser].usesEigenbases ? new Eigenbases(width) : undefined;
  let basisFeeds = bases?.feeds() ?? {};
  const epochLoss = Array.from<number>({ length: recipe.epochs }).fill(0);
  let counted = 0;
  const { parameters, secondMoment } = await runSteps({
    session,
    state: initialState(initialParameters(width, new RandomStream(seed, 'weight-init', 0))),
    next: (steps) => ({ ...batches.next(steps), ...basisFeeds }),
    steps: total,
    stepsPerRun,
    onRun: (fetches, done) => {
      for (const loss of (fetches['loss_steps'] as Float32Tensor).data) {
        const epoch = Math.floor(counted / perEpoch);
        if (!Number.isFinite(loss))
          throw diverged(`the loss is ${loss} in epoch ${epoch + 1} of ${recipe.epochs}`, recipe);
        epochLoss[epoch] = (epochLoss[epoch] as number) + loss / perEpoch;
        counted++;
      }
      if (bases !== undefined && done % STEPS_PER_BASIS === 0 && done < total) {
        bases.update(lastOf(fetches['gradient_steps'] as Float32Tensor));
        basisFeeds = bases.feeds();
      }
      onSteps?.(done, total);
    },
  });
  // a gradient beyond the square root of float32 stops Adam for good, at a loss that may be finite
  if (![...parameters, ...secondMoment].every(Number.isFinite))
    throw diverged('a parameter or its second moment is not finite after the last step', recipe);
  return { parameters, epochLoss };
}

/** The part of an output that belongs to the last of several steps. */
function lastOf({ data, dims }: Float32Tensor): Float32Array {
  return data.subarray(data.length - data.length / (dims[0] as number));
}

/**
 * How many steps' feeds fit into a number of bytes, as a power of two, so that the bases are refreshed after the same steps
 * whatever it is; the scalars of the optimiser do not count.
 */
function stepsWithin(bytes: number, width: number, { batchSize, dropout }: Recipe): number {
  const perRow = width + 2 + (dropout > 0 ? 2 * HIDDEN : 0);
  const fitting = bytes / (batchSize * perRow * Float32Array.BYTES_PER_ELEMENT);
  let steps = STEPS_PER_RUN;
  while (steps > 1 && steps > fitting) steps /= 2;
  return steps;
}

function diverged(what: string, { learningRate }: Recipe): TrainError {
  return new TrainError('DIVERGED', `${what}: lower the learning rate (it is ${learningRate})`);
}
