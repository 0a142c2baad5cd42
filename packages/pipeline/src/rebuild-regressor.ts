import { join } from 'node:path';
import { recordedMap, type RegressorSidecar } from '@vqforge/artifact';
import { makeFolder, MAX_DOCUMENT_BYTES, readIfPresent } from '@vqforge/artifact/node';
import { PipelineError } from './errors.ts';
import { recordedInputs } from './recorded-inputs.ts';
import type { MissingInput, Rebuilt } from './regenerate.ts';
import { retrain, type RetrainOptions } from './retrain.ts';
import { recordedRange } from './teacher-range.ts';

export interface RebuildOptions extends Pick<
  RetrainOptions,
  'root' | 'version' | 'workers' | 'now' | 'signal' | 'observer'
> {
  /** Folders that are searched for inputs. */
  readonly from: readonly string[];
}

/**
 * Trains a pinned regressor again, in a scratch folder, from the table and arguments that its sidecar names.
 * @throws PipelineError NOT_REPRODUCIBLE, as `recordedInputs`; GATE_REFUSED
 */
export async function rebuildRegressor(
  sidecar: RegressorSidecar,
  scratch: string,
  options: RebuildOptions,
): Promise<Rebuilt | { missing: MissingInput[] }> {
  const { training, teacher, run_provenance: provenance } = sidecar;
  const inputs = await recordedInputs(sidecar, options.from, options.signal);
  if ('missing' in inputs) return inputs;
  const override = (key: string, name: string): Record<string, number> => {
    const value = training.recipe.overrides[key];
    return typeof value === 'number' ? { [name]: value } : {};
  };
  const onnx = join(scratch, sidecar.onnx);
  // apart from the model, whose name may be anything
  const evidence = join(scratch, 'run');
  await makeFolder(evidence);
  const { args } = provenance;
  const subset = args['features'];
  const isCanonical = subset === undefined || subset === 'canonical6';
  const { metrics } = await retrain({
    ...options,
    parquet: [inputs.table],
    features: isCanonical ? 'canonical6' : sidecar.feature_order,
    featureSubset: typeof subset === 'string' ? subset : 'canonical6',
    id: sidecar.id,
    ...(typeof args['license'] === 'string' ? { license: args['license'] } : {}),
    ...recordedRange(args['teacher_range']),
    teacherColumn: teacher.column,
    augment: inputs.probes ?? 'none',
    dropInvalid: inputs.dropInvalid,
    recipe: inputs.recipe,
    overrides: {
      ...override('epochs', 'epochs'),
      ...override('batch_size', 'batchSize'),
      ...override('lr', 'learningRate'),
      ...override('weight_decay', 'weightDecay'),
    },
    seed: training.seed,
    engine: 'wasm',
    shipThreshold: training.ship_threshold,
    export: true,
    outputs: { outOnnx: onnx, metricsOut: join(evidence, 'metrics.json') },
    dataset: { id: training.dataset, teacherModel: teacher.model, license: sidecar.license },
    map: recordedMap(args['column_map']),
    argv: [],
  });
  if (!metrics.shipped)
    throw new PipelineError(
      'GATE_REFUSED',
      `${sidecar.id} is pinned, but training it again is refused by the ship gate: ${metrics.gate.reasons.join('; ')}`,
    );
  const read = async (path: string): Promise<Uint8Array> =>
    (await readIfPresent(path, MAX_DOCUMENT_BYTES)) ?? new Uint8Array();
  return { onnx: await read(onnx), sidecar: await read(onnx.replace(/\.onnx$/, '.json')) };
}
