import { recordedMap, type AgreementMetrics, type RegressorSidecar } from '@vqforge/artifact';
import { loadFeatureTable, loadProbeTable } from '@vqforge/table';
import { recordedRecipe, score, TrainingPool } from '@vqforge/train';
import { trainingData } from './dataset-files.ts';
import { PipelineError } from './errors.ts';
import { recordedInputs } from './recorded-inputs.ts';
import { inferenceModel } from './ship-files.ts';
import { recordedRange } from './teacher-range.ts';

export interface RetrainFoldsOptions {
  /** Folders that are searched for the table and the probes. */
  readonly from: readonly string[];
  /** Training threads; those beyond one per fold are not started. */
  readonly workers: number;
  /** Optimiser steps done and expected, over all folds asked for. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Trains a pinned regressor again without each of some sources, as its sidecar records the training, and measures each such model
 * on the source that it did not see. A model of the wasm engine gives the measures of the original run, to the last bit.
 *
 * @param sources names in the table, each once
 * @returns the agreement with the teacher, by source
 * @throws PipelineError NOT_REPRODUCIBLE for a model of the native engine, or where an input is not found; TrainError DIVERGED
 */
export async function retrainFolds(
  sidecar: RegressorSidecar,
  sources: readonly string[],
  { from, workers, onProgress, signal }: RetrainFoldsOptions,
): Promise<Map<string, AgreementMetrics>> {
  const inputs = await recordedInputs(sidecar, from, signal);
  if ('missing' in inputs)
    throw new PipelineError(
      'NOT_REPRODUCIBLE',
      `${sidecar.id} was trained on ${inputs.missing.map(({ role, digest }) => `${role}, sha256 ${digest}`).join(' and ')}, not found below ${from.join(', ')}`,
    );
  const { teacher, training, run_provenance: provenance } = sidecar;
  const load = {
    features: [...sidecar.feature_order],
    teacherColumn: teacher.column,
    ...(signal ? { signal } : {}),
  };
  const table = await loadFeatureTable({
    ...load,
    paths: [inputs.table],
    dropInvalid: inputs.dropInvalid,
    map: recordedMap(provenance.args['column_map']),
  });
  const probes =
    inputs.probes === undefined ? undefined : await loadProbeTable({ ...load, paths: [inputs.probes.path] });
  const data = trainingData(table, probes);
  const recipe = recordedRecipe(training.recipe);
  const pool = new TrainingPool({
    engine: training.engine,
    workers: Math.min(workers, Math.max(1, sources.length)),
    recipe,
    seed: training.seed,
    features: sidecar.feature_order.length,
    ...(onProgress ? { onProgress } : {}),
  });
  const interrupt = (): void => void pool.close();
  signal?.addEventListener('abort', interrupt, { once: true });
  try {
    signal?.throwIfAborted();
    pool.use(data);
    const request = { recipe, ...recordedRange(provenance.args['teacher_range']) };
    const measured = sources.map(async (source) => {
      const fitted = await pool.fit(source);
      const model = inferenceModel(fitted, data.features.length, request);
      const { agreement } = await score(pool, data, source, model, fitted);
      return [source, agreement] as const;
    });
    return new Map(await Promise.all(measured));
  } finally {
    signal?.removeEventListener('abort', interrupt);
    await pool.close();
  }
}
