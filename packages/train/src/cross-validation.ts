import type { AgreementMetrics, LosoSummary, Standardisation } from '@vqforge/artifact';
import { foldOf, heldOutSources, type TrainingData } from './dataset.ts';
import { summarise, type PerFold } from './gate.ts';
import { agreement } from './metrics/agreement.ts';
import type { FitReply } from './training-messages.ts';
import type { TrainingPool } from './training-pool.ts';

/** A trained network as an inference model whose scores are on the VMAF scale. */
export type ToInferenceModel = (fitted: FitReply) => Uint8Array;

export interface LosoReport {
  readonly perFold: PerFold;
  readonly summary: LosoSummary;
}

export interface CrossValidation extends LosoReport {
  /** Unclipped score of each row by the model that did not see its source, [rows] in table order. */
  readonly predictions: Float32Array;
}

/**
 * Leave-one-source-out: for each source, train on the others, score the held-out rows with the inference model, and
 * compare with the teacher. Statistics, targets included, come from the training rows alone.
 *
 * @param onFold called as each fold ends, in order of completion
 */
export async function crossValidate(
  pool: TrainingPool,
  data: TrainingData,
  toInferenceModel: ToInferenceModel,
  onFold?: (source: string, fold: AgreementMetrics) => void,
): Promise<CrossValidation> {
  const sources = heldOutSources(data.source);
  const predictions = new Float32Array(data.target.length);
  const folds = await Promise.all(
    sources.map(async (source) => {
      const fitted = await pool.fit(source);
      const fold = await score(pool, data, source, toInferenceModel(fitted), fitted.standardisation);
      const { testRows } = foldOf(data.source, source);
      for (const [i, row] of testRows.entries()) predictions[row] = fold.predictions[i] as number;
      onFold?.(source, fold.agreement);
      return [source, fold.agreement] as const;
    }),
  );
  const perFold = Object.fromEntries(folds);
  return { perFold, summary: summarise(perFold), predictions };
}

/** Agreement of a model with the teacher on the held-out source, or on all rows for null. */
export async function score(
  pool: TrainingPool,
  data: TrainingData,
  heldOutSource: string | null,
  model: Uint8Array,
  standardisation: Standardisation,
): Promise<{ agreement: AgreementMetrics; predictions: Float32Array }> {
  const predictions = await pool.predict(heldOutSource, model, standardisation);
  const { testRows } = foldOf(data.source, heldOutSource);
  const targets = Float64Array.from(testRows, (row) => data.target[row] as number);
  return { agreement: agreement(predictions, targets), predictions };
}
