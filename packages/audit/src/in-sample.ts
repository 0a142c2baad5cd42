import { join } from 'node:path';
import type { RegressorSidecar } from '@vqforge/artifact';
import { CodedError } from '@vqforge/base';
import type { Report } from '@vqforge/registry';
import { openModel } from '@vqforge/runtime/node';
import type { FeatureTable } from '@vqforge/table';
import { agreement } from '@vqforge/train';
import type { Evidence } from './evidence.ts';
import { compareAgreement } from './predictions.ts';
import type { AuditedModel } from './registry-audit.ts';

/** Rows of one run: some megabytes in the hidden layers. */
const ROWS_PER_RUN = 8192;

/** The wasm engine gives the same bits everywhere; the native one, which exploratory runs use, rounds differently. */
const TOLERANCE = { wasm: 1e-7, native: 1e-3 } as const;

/**
 * Checks what a run says of its model on the rows that it was trained on, by running the verified model on them. The session is
 * made from bytes that are checked anew, in wasm and in this thread.
 */
export async function auditInSample(
  root: string,
  { entry, folder }: AuditedModel,
  sidecar: RegressorSidecar,
  { path, metrics }: Evidence,
  table: FeatureTable,
  report: Report,
): Promise<void> {
  if (metrics.in_sample === null) return;
  const columns = sidecar.feature_order.map((name) => table.columns.get(name) as Float64Array);
  try {
    const scores = await scoresOf(join(root, folder), entry.id, sidecar, columns, table.rows);
    const targets = table.columns.get(table.teacherColumn) as Float64Array;
    compareAgreement(
      'in-sample',
      metrics.in_sample,
      agreement(scores, targets),
      TOLERANCE[metrics.engine],
      path,
      report,
    );
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    report('METRICS_UNTRUE', 'error', path, {
      expected: 'in-sample metrics of a model that runs',
      got: `${error.code}: ${error.message.replaceAll(`${root}/`, '')}`,
      advice: 'restore the model, or train it again',
    });
  }
}

/** What the graph answers for each row, features standardised in float64 and rounded once, as in training. */
async function scoresOf(
  registry: string,
  id: string,
  { feature_mean: mean, feature_std: std }: RegressorSidecar,
  columns: readonly Float64Array[],
  rows: number,
): Promise<Float32Array> {
  const model = await openModel({ registry, model: id, engine: 'wasm', device: 'cpu' });
  try {
    const scores = new Float32Array(rows);
    for (let start = 0; start < rows; start += ROWS_PER_RUN) {
      const count = Math.min(ROWS_PER_RUN, rows - start);
      const data = new Float32Array(count * columns.length);
      for (const [axis, column] of columns.entries()) {
        for (let row = 0; row < count; row++) {
          const value = column[start + row] as number;
          data[row * columns.length + axis] = (value - (mean[axis] as number)) / (std[axis] as number);
        }
      }
      const dims = [count, columns.length];
      const { score } = await model.run({ features: { type: 'float32', dims, data } });
      scores.set(score?.data as Float32Array, start);
    }
    return scores;
  } finally {
    await model.close();
  }
}
