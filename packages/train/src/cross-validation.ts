import { setImmediate } from 'node:timers/promises';
import type { AgreementMetrics, LosoSummary } from '@vqforge/artifact';
import { foldOf, heldOutSources, type TrainingData } from './dataset.ts';
import { TrainError } from './errors.ts';
import { summarise, type PerFold } from './gate.ts';
import { agreement } from './metrics/agreement.ts';
import { rmse } from './metrics/rmse.ts';
import type { FitReply } from './training-messages.ts';
import type { TrainingPool } from './training-pool.ts';

/** A trained network as an inference model whose scores are on the VMAF scale. */
export type ToInferenceModel = (fitted: FitReply) => Uint8Array;

/** Agreement on each held-out source, and over all of them. */
export interface LosoReport {
  readonly perFold: PerFold;
  readonly summary: LosoSummary;
}

/** The result of leave-one-source-out. */
export interface CrossValidation extends LosoReport {
  /** Score of each row by the model that did not see its source, as its graph answers, [rows] in table order. */
  readonly predictions: Float32Array;
}

/**
 * Leave-one-source-out: for each source, train on the others, score the held-out rows with the inference model, and
 * compare with the teacher. Statistics, targets included, come from the training rows alone. A fit that diverges makes
 * the metrics of its fold undefined, which the gate refuses.
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
  const fold = async (source: string): Promise<readonly [string, AgreementMetrics]> => {
    const { testRows } = foldOf(data.source, source);
    const scored = await pool.fit(source).then(
      (fitted) => score(pool, data, source, toInferenceModel(fitted), fitted),
      (error: unknown) => undefinedFold(data, testRows, error),
    );
    for (const [i, row] of testRows.entries()) predictions[row] = scored.predictions[i] as number;
    onFold?.(source, scored.agreement);
    return [source, scored.agreement];
  };
  const folds: ReturnType<typeof fold>[] = [];
  let hasFailed = false;
  for (const source of sources) {
    const started = fold(source);
    started.catch(() => (hasFailed = true));
    folds.push(started);
    // tens of thousands of sources would keep signals waiting
    await setImmediate();
    if (hasFailed) break;
  }
  const perFold = new Map(await Promise.all(folds));
  return { perFold, summary: summarise(perFold), predictions };
}

/** A fit that diverged has no predictions: every metric of its fold is undefined, and says why. Rethrows other errors. */
function undefinedFold(data: TrainingData, testRows: Uint32Array, error: unknown): Scored {
  if (!(error instanceof TrainError && error.code === 'DIVERGED')) throw error;
  const predictions = new Float32Array(testRows.length).fill(NaN);
  const undefinedMetrics = agreement(predictions, targetsOf(data.target, testRows));
  const reasons = Object.keys(undefinedMetrics.undefined_because ?? {}).map((name) => [name, error.message]);
  return { agreement: { ...undefinedMetrics, undefined_because: Object.fromEntries(reasons) }, predictions };
}

/** Predictions of a model for some rows, and how well they agree with the teacher. */
interface Scored {
  readonly agreement: AgreementMetrics;
  readonly predictions: Float32Array;
}

/** Agreement of a model with the teacher on the held-out source, or on all rows for null. */
export async function score(
  pool: TrainingPool,
  data: TrainingData,
  heldOutSource: string | null,
  model: Uint8Array,
  fitted: FitReply,
): Promise<Scored> {
  const predictions = await pool.predict(heldOutSource, model, fitted.standardisation);
  const { testRows } = foldOf(data.source, heldOutSource);
  const measured = agreement(predictions, targetsOf(data.target, testRows));
  if (data.unclipped === undefined) return { agreement: measured, predictions };
  const { mean, scale } = fitted.targetStandardisation;
  const trained = await pool.predictTrained(heldOutSource, fitted);
  const raw = Float64Array.from(trained, (value) => value * scale + mean);
  const unclipped = rmse(raw, targetsOf(data.unclipped, testRows));
  return { agreement: { ...measured, unclipped_rmse: unclipped }, predictions };
}

function targetsOf(target: Float64Array, rows: Uint32Array): Float64Array {
  return Float64Array.from(rows, (row) => target[row] as number);
}
