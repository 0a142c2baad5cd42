import type { EngineName, Standardisation } from '@vqforge/artifact';
import type { TrainingData } from './dataset.ts';
import type { TrainErrorCode } from './errors.ts';
import type { FitResult } from './fit.ts';
import type { Recipe } from './recipe.ts';

/** What passes between the training pool and its worker threads. */
export interface WorkerSetup {
  readonly engineName: EngineName;
}

/** The graphs that all folds share; threads are given bytes, so that they need not load the graph builder. */
export interface SharedModels {
  readonly training: Uint8Array;
  readonly prediction: Uint8Array;
}

export interface FitTask {
  readonly type: 'fit';
  /** null trains on all rows. */
  readonly heldOutSource: string | null;
  readonly recipe: Recipe;
  readonly seed: number;
}

export interface PredictTask {
  readonly type: 'predict';
  /** Which rows: the held-out source's, or all for null. */
  readonly heldOutSource: string | null;
  /** Inference model: `features` [N, F] standardised → `score` [N]. */
  readonly model: Uint8Array;
  readonly standardisation: Standardisation;
}

export interface PredictTrainedTask {
  readonly type: 'predict-trained';
  readonly heldOutSource: string | null;
  readonly fitted: Pick<FitReply, 'parameters' | 'standardisation'>;
}

export type Task = FitTask | PredictTask | PredictTrainedTask;

export type Request =
  | { readonly type: 'models'; readonly models: SharedModels }
  | { readonly type: 'data'; readonly data: TrainingData }
  | { readonly type: 'stop' }
  | Task;

/** Parameters with what turns raw features into inputs and outputs into VMAF points. */
export interface FitReply extends FitResult {
  readonly standardisation: Standardisation;
  readonly targetStandardisation: { readonly mean: number; readonly scale: number };
}

export type Reply =
  | { readonly type: 'progress'; readonly done: number; readonly total: number }
  | { readonly type: 'result'; readonly value: FitReply | Float32Array }
  | { readonly type: 'error'; readonly code: TrainErrorCode; readonly message: string };
