import { join } from 'node:path';
import type { RegressorSidecar } from '@vqforge/artifact';
import { CodedError } from '@vqforge/base';
import { decodeModel, encodeModel } from '@vqforge/onnx';
import { openEngine } from '@vqforge/ort/node';
import { MAX_ONNX_BYTES, type Report } from '@vqforge/registry';
import { readInside } from '@vqforge/registry/node';
import { openModel } from '@vqforge/runtime/node';
import type { FeatureTable } from '@vqforge/table';
import { agreement, predict, rmse, standardise } from '@vqforge/train';
import type { Evidence } from './evidence.ts';
import { auditUnclipped, compareAgreement } from './predictions.ts';
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
    const unclipped = table.columns.get(table.unclippedColumn ?? '');
    const raw =
      unclipped === undefined
        ? scores
        : await unclippedScores(join(root, folder), entry.onnx, sidecar, columns, table.rows);
    const found = unclipped === undefined ? undefined : rmse(raw, unclipped);
    auditUnclipped('in-sample', metrics.in_sample.unclipped_rmse, found, true, path, report);
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

/** What the verified graph answers before the Clip that ends it, if one does. */
async function unclippedScores(
  folder: string,
  onnx: string,
  { feature_mean: mean, feature_std: scale }: RegressorSidecar,
  columns: readonly Float64Array[],
  rows: number,
): Promise<Float32Array> {
  const bytes = await readInside(folder, [onnx], MAX_ONNX_BYTES);
  const model = decodeModel(bytes ?? new Uint8Array());
  const { nodes, outputs } = model.graph;
  const [score] = outputs;
  const last = nodes.findIndex((node) => node.opType === 'Clip' && node.outputs[0] === score?.name);
  const name = nodes[last]?.inputs[0];
  const open =
    name === undefined
      ? model
      : {
          ...model,
          graph: {
            ...model.graph,
            // ONNX Runtime prints a warning for each that nothing uses
            initializers: model.graph.initializers.filter(
              (tensor) => !nodes[last]!.inputs.includes(tensor.name),
            ),
            nodes: nodes.flatMap((node, at) =>
              at === last
                ? []
                : [
                    {
                      ...node,
                      outputs: node.outputs.map((output) => (output === name ? score!.name : output)),
                    },
                  ],
            ),
          },
        };
  const engine = await openEngine('wasm');
  const inputsOf = (part: Uint32Array): Float32Array =>
    standardise(columns, part, { mean: [...mean], scale: [...scale] });
  return predict(
    engine,
    encodeModel(open),
    inputsOf,
    Uint32Array.from({ length: rows }, (_, row) => row),
  );
}
