import type { EngineName, Standardisation } from '@vqforge/artifact';
import type { TrainingData } from './dataset.ts';
import type { FitResult } from './fit.ts';
import type { Recipe } from './recipe.ts';

/** Settings that a training thread starts with. */
export interface TrainingSetup {
  readonly engineName: EngineName;
}

/** The calls of a training thread, with their answers. */
export interface TrainingCalls {
  models: { request: SharedModels; reply: void };
  data: { request: TrainingData; reply: void };
  fit: { request: FitTask; reply: FitReply };
  predict: { request: PredictTask; reply: Float32Array };
  predictTrained: { request: PredictTrainedTask; reply: Float32Array };
}

/** The graphs that all folds share; threads are given bytes, so that they need not load the graph builder. */
export interface SharedModels {
  readonly training: Uint8Array;
  readonly prediction: Uint8Array;
}

/** One fit. */
interface FitTask {
  /** null trains on all rows. */
  readonly heldOutSource: string | null;
  readonly recipe: Recipe;
  readonly seed: number;
}

/** Scoring of rows with an inference model. */
interface PredictTask {
  /** The rows to predict: those of the held-out source, or all for null. */
  readonly heldOutSource: string | null;
  /** Inference model: `features` [N, F] standardised → `score` [N]. */
  readonly model: Uint8Array;
  readonly standardisation: Standardisation;
}

/** Prediction of rows with the training graph itself. */
interface PredictTrainedTask {
  readonly heldOutSource: string | null;
  readonly fitted: Pick<FitReply, 'parameters' | 'standardisation'>;
}

/** Parameters, with the standardisations that turn raw features into inputs and outputs into VMAF points. */
export interface FitReply extends FitResult {
  readonly standardisation: Standardisation;
  readonly targetStandardisation: { readonly mean: number; readonly scale: number };
}
