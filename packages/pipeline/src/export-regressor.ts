import { basename, dirname, join, resolve } from 'node:path';
import {
  formatSidecar,
  parseCheckpoint,
  parseMetrics,
  type Checkpoint,
  type MetricsDocument,
  recordedMap,
  type RegressorSidecar,
} from '@vqforge/artifact';
import { sha256 } from '@vqforge/base';
import { regressorModel } from '@vqforge/export';
import { loadFeatureTable } from '@vqforge/table';
import { flatten, recordedRecipe, TrainingPool, type Recipe, type TrainingData } from '@vqforge/train';
import { identifyDataset, trainingData } from './dataset-files.ts';
import {
  MAX_DOCUMENT_BYTES,
  readIfPresent,
  requireFolderOf,
  requireSafeOutputs,
  workspaceFolders,
} from '@vqforge/artifact/node';
import { PipelineError } from './errors.ts';
import { outputPaths, PINNED_RUN, type PublishingOptions, runOutputs } from './output-paths.ts';
import { publishModel } from './publish-files.ts';
import { graphClip, regressorParity } from './parity.ts';
import { regressorSidecar, type RunFile, type RunRequest } from './run-documents.ts';
import { regressorCard } from './ship-files.ts';
import { recordedRange } from './teacher-range.ts';

export interface ExportRegressorOptions extends PublishingOptions {
  /** Folder with the checkpoint.json and metrics.json of a run. */
  readonly run: string;
  /** The table of that run. */
  readonly parquet: readonly string[];
}

/**
 * Exports and pins a checkpoint without training again: the same bytes as its training published.
 * @throws PipelineError UNREADABLE | GATE_REFUSED | WRONG_TABLE | UNPUBLISHABLE | DIGEST_MISMATCH | PARITY_FAILED and the errors of table and registry
 * @example await exportRegressor({ run: 'runs/fr_regressor_v1', parquet: ['features.parquet'], outputs: {}, root: '.' });
 */
export async function exportRegressor({
  run,
  parquet,
  outputs,
  root,
  folders = workspaceFolders(root),
  force = false,
  replace = false,
  signal,
}: ExportRegressorOptions): Promise<{ written: readonly RunFile[] }> {
  const checkpoint = parseCheckpoint(await readDocument(join(run, 'checkpoint.json')));
  const metrics = parseMetrics(await readDocument(join(run, 'metrics.json')));
  if (!metrics.gate.passed)
    throw new PipelineError(
      'GATE_REFUSED',
      `${run} was refused by the ship gate: ${metrics.gate.reasons.join('; ')}`,
    );
  const request = requestOf(metrics);
  const paths = outputPaths(outputs, folders.model, `${request.id}.onnx`);
  await requireFolderOf(paths.onnx, '--out-onnx');
  const table = await loadFeatureTable({
    paths: [...parquet],
    features: [...checkpoint.featureOrder],
    teacherColumn: request.teacherColumn,
    dropInvalid: request.dropInvalid,
    map: request.map,
    fileDigests: true,
    signal,
  });
  await requireSafeOutputs({
    outputs: runOutputs(paths),
    inputs: (table.files ?? []).map(({ path }) => path),
    registries: [folders.model],
    runs: [folders.runs, dirname(resolve(run))],
    force,
  });
  for (const digest of [checkpoint.tableDigest, metrics.dataset.content_digest]) {
    if (table.contentDigest !== digest)
      throw new PipelineError(
        'WRONG_TABLE',
        `${parquet.join(', ')} has content sha256 ${table.contentDigest}, ${run} was trained on ${digest}: give that table with --parquet`,
      );
  }

  const data = trainingData(table);
  const { standardisation, targetStandardisation, parameters } = checkpoint;
  const clip = graphClip(request);
  const model = regressorModel({
    parameters,
    targetStandardisation,
    features: data.features.length,
    ...clip,
  });
  const { artifacts, parity } = metrics;
  if (artifacts === null || parity === null)
    throw new PipelineError(
      'UNPUBLISHABLE',
      `${run} was a run that did not ship, and has no model to export`,
    );
  const facts = {
    request,
    table,
    dataset: await identifyDataset(table, folders.datasets),
    augmentation: metrics.augmentation,
    loso: { perFold: new Map(Object.entries(metrics.loso.per_fold)), summary: metrics.loso.summary },
    verdict: { ship: true, reasons: [] },
    inSample: metrics.in_sample,
  };
  const described = (name: string): RegressorSidecar =>
    regressorSidecar(facts, checkpoint, { name, bytes: model }, parity);
  const sidecarNamed = (name: string): Buffer => Buffer.from(formatSidecar(described(name)));
  // the checkpoint's weights are in the ONNX, its standardisation and the run's evidence in the sidecar
  requireDigest(run, 'the ONNX', sha256(model), artifacts.onnx);
  requireDigest(run, 'the sidecar', sha256(sidecarNamed(publishedName(metrics))), artifacts.sidecar);
  await regressorParity({
    model,
    features: data.features,
    standardisation,
    targetStandardisation,
    trained: await trainedPredictions(checkpoint, request.recipe, data),
    ...clip,
  });
  const name = basename(paths.onnx);
  const { written } = await publishModel({
    paths,
    folders,
    onnx: model,
    sidecar: sidecarNamed(name),
    card: regressorCard(described(name), metrics, facts.dataset),
    replace,
    signal,
  });
  return { written };
}

function requireDigest(run: string, what: string, got: string, published: string): void {
  if (got === published) return;
  throw new PipelineError(
    'DIGEST_MISMATCH',
    `${what} made of ${run} has sha256 ${got}, its training published ${published}: the checkpoint, the metrics or the manifest of the table was changed since`,
  );
}

/** The name that the run's ONNX file had; its sidecar holds it. */
function publishedName({ run_provenance: { outputs } }: MetricsDocument): string {
  const onnx = outputs?.['onnx'];
  return typeof onnx === 'object' && onnx !== null && 'path' in onnx ? basename(onnx.path) : '';
}

/** The predictions of the training graph for every row, on the engine that trained it. */
async function trainedPredictions(
  { engine, parameters, standardisation, seed }: Checkpoint,
  recipe: Recipe,
  data: TrainingData,
): Promise<Float32Array> {
  const pool = new TrainingPool({ engine, workers: 1, recipe, seed, features: data.features.length });
  try {
    pool.use(data);
    return await pool.predictTrained(null, { parameters: flatten(parameters), standardisation });
  } finally {
    await pool.close();
  }
}

/** The request of a run, read from its evidence. */
function requestOf(metrics: MetricsDocument): RunRequest {
  const { args, argv = [], entrypoint } = metrics.run_provenance;
  return {
    featureSubset: metrics.feature_subset,
    teacherColumn: typeof args['teacher_column'] === 'string' ? args['teacher_column'] : 'vmaf',
    dropInvalid: args['drop_invalid'] === true,
    map: recordedMap(args['column_map']),
    ...(typeof args['license'] === 'string' ? { license: args['license'] } : {}),
    recipe: recordedRecipe(metrics.recipe),
    choice: metrics.recipe,
    engine: metrics.engine,
    seed: metrics.seed,
    id: typeof args['id'] === 'string' ? args['id'] : PINNED_RUN,
    ...recordedRange(args['teacher_range']),
    shipThreshold: metrics.ship_threshold,
    argv,
    version: 'version' in entrypoint ? entrypoint.version : 'unknown',
  };
}

async function readDocument(path: string): Promise<Uint8Array> {
  const bytes = await readIfPresent(path, MAX_DOCUMENT_BYTES);
  if (bytes === undefined)
    throw new PipelineError(
      'UNREADABLE',
      `${path} does not exist; train first, or give the run's folder with --run`,
    );
  return bytes;
}
