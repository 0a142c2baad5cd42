import { basename, dirname, join } from 'node:path';
import { compactJson, sha256 } from '@vqforge/base';
import {
  formatCheckpoint,
  formatEnvironment,
  formatMetrics,
  formatSidecar,
  modelCard,
  type Checkpoint,
  type MetricsDocument,
  type RegressorSidecar,
} from '@vqforge/artifact';
import { regressorModel } from '@vqforge/export';
import { foreseeReplacement, needsReplace, type TrainingOrigin } from '@vqforge/registry/node';
import {
  unflatten,
  type CrossValidation,
  type FitReply,
  type TrainingData,
  type TrainingPool,
} from '@vqforge/train';
import {
  besideMetrics,
  type Document,
  makeFolder,
  workspaceFolders,
  writeDocuments,
} from '@vqforge/artifact/node';
import type { Dataset } from './dataset-files.ts';
import { environmentDocument } from './environment-node.ts';
import { keepsPredictions, type OutputPaths } from './output-paths.ts';
import { digestOf, publishModel } from './publish-files.ts';
import { graphClip, regressorParity } from './parity.ts';
import { predictionBytes } from '@vqforge/table';
import type { RetrainOptions, RetrainResult } from './retrain.ts';
import {
  byteArguments,
  metricsDocument,
  regressorSidecar,
  type Publication,
  type RunFacts,
  type RunFile,
  type RunRequest,
} from './run-documents.ts';

export { identifyDataset, trainingData } from './dataset-files.ts';
export { chooseProbes, describeProbes } from './probe-files.ts';

/** The card of a model that a run publishes. */
export function regressorCard(
  sidecar: RegressorSidecar,
  metrics: MetricsDocument,
  { manifest }: Dataset,
): string {
  return modelCard({ sidecar, metrics, ...(manifest === undefined ? {} : { manifest }) });
}

type TrainedFacts = RunFacts & { readonly loso: CrossValidation };

/** A run up to the gate's verdict; `final` is undefined when the gate refused. */
export interface Trained {
  readonly facts: TrainedFacts;
  readonly data: TrainingData;
  readonly final:
    | { readonly fitted: FitReply; readonly model: Uint8Array; readonly scores: Float32Array }
    | undefined;
}

/**
 * A registry that cannot be updated, and a model that may not be replaced, are found before training.
 * @throws RegistryError NEEDS_REPLACE and those of reading
 */
export async function checkRegistry(
  { registry }: OutputPaths,
  id: string,
  origin: TrainingOrigin,
  replace: boolean,
): Promise<void> {
  const { kind, entry } = await foreseeReplacement(registry, id, origin);
  if (kind === 'other' && entry !== null && !replace) throw needsReplace(registry, entry);
}

/**
 * Ends a training: exports the fitted model, proves its parity, writes the evidence and publishes all of it together. Without a
 * final fit, or when nothing is to be exported, it writes the metrics alone.
 *
 * @throws PipelineError PARITY_FAILED | INTERRUPTED | UNWRITABLE and those of the registry's publish
 */
export async function ship(
  pool: TrainingPool,
  { facts, data, final }: Trained,
  request: RunRequest,
  options: RetrainOptions,
  paths: OutputPaths,
  timings: Readonly<Record<string, number>>,
): Promise<RetrainResult> {
  if (!options.export || final === undefined) {
    // a refused run leaves its metrics and nothing else
    const keeps = facts.verdict.ship && keepsPredictions(options);
    const { path, predictions, heldOut } = await evidencePlace(paths, options, facts, {
      keeps,
      ships: false,
    });
    const metrics = metricsDocument(facts, undefined, heldOut, options.root);
    const documents = [...predictions, { path, text: formatMetrics(metrics) }];
    await writeDocuments(documents);
    return { metrics, written: documents.map(digestOf), recovered: [] };
  }
  const { fitted, model, scores } = final;
  const parity = await regressorParity({
    model,
    features: data.features,
    standardisation: fitted.standardisation,
    targetStandardisation: fitted.targetStandardisation,
    trained: await pool.predictTrained(null, fitted),
    ...graphClip(request),
    known: { engine: request.engine, scores },
  });
  const checkpoint: Checkpoint = {
    featureOrder: facts.table.featureColumns,
    standardisation: fitted.standardisation,
    targetStandardisation: fitted.targetStandardisation,
    parameters: unflatten(fitted.parameters, data.features.length),
    recipe: request.choice,
    engine: request.engine,
    seed: request.seed,
    tableDigest: facts.table.contentDigest,
  };
  const described = regressorSidecar(
    facts,
    checkpoint,
    { name: basename(paths.onnx), bytes: model },
    parity.wasm,
  );
  const sidecar = Buffer.from(formatSidecar(described));
  const publication: Publication = {
    parity: parity.wasm,
    onnx: { path: paths.onnx, sha256: sha256(model) },
    sidecar: { path: paths.sidecar, sha256: sha256(sidecar) },
  };
  const environment = await environmentDocument(
    { engine: request.engine, workers: options.workers, timings, nativeParity: parity.native },
    options.root,
  );
  const keeps = keepsPredictions(options);
  const { path, predictions, heldOut } = await evidencePlace(paths, options, facts, { keeps, ships: true });
  const metrics = metricsDocument(facts, publication, heldOut, options.root);
  const card = regressorCard(described, metrics, facts.dataset);
  const evidence: Document[] = [
    { path: besideMetrics(path, 'environment.json'), text: formatEnvironment(environment) },
    { path: besideMetrics(path, 'checkpoint.json'), text: formatCheckpoint(checkpoint) },
    ...predictions,
    // the metrics say `shipped`: they come last
    { path, text: formatMetrics(metrics) },
  ];
  const { written, recovered } = await publishModel({
    paths,
    folders: options.folders ?? workspaceFolders(options.root),
    onnx: model,
    sidecar,
    card,
    replace: options.replace === true,
    evidence,
    signal: options.signal,
  });
  return { metrics, written, recovered };
}

/** Trained parameters as an ONNX file whose scores are VMAF points. */
export function inferenceModel(
  { parameters, targetStandardisation }: FitReply,
  features: number,
  request: Pick<RunRequest, 'recipe' | 'teacherRange'>,
): Uint8Array {
  return regressorModel({
    parameters: unflatten(parameters, features),
    targetStandardisation,
    features,
    ...graphClip(request),
  });
}

/**
 * Where the metrics go unless a flag says so: `runs/<id>/` for the run whose model the workspace's registry pins, and a folder
 * named by what was asked for any other, so that a pinned model keeps its evidence.
 */
async function metricsPath(
  paths: OutputPaths,
  { root, folders = workspaceFolders(root) }: RetrainOptions,
  { request, table }: TrainedFacts,
  ships: boolean,
): Promise<string> {
  if (paths.metrics !== undefined) return paths.metrics;
  const isPinned = ships && dirname(paths.registry) === folders.model;
  const made = { args: byteArguments(request), table: table.contentDigest };
  const folder = isPinned ? request.id : `${request.id}-${sha256(compactJson(made)).slice(0, 8)}`;
  const path = join(folders.runs, folder, 'metrics.json');
  await makeFolder(dirname(path));
  return path;
}

async function evidencePlace(
  paths: OutputPaths,
  options: RetrainOptions,
  facts: TrainedFacts,
  { keeps, ships }: { readonly keeps: boolean; readonly ships: boolean },
): Promise<{ path: string; predictions: Document[]; heldOut: RunFile | undefined }> {
  const path = await metricsPath(paths, options, facts, ships);
  const predictions = keeps ? [await heldOutDocument(path, facts)] : [];
  return { path, predictions, heldOut: predictions.map(digestOf)[0] };
}

async function heldOutDocument(metrics: string, { table, loso }: TrainedFacts): Promise<Document> {
  const path = besideMetrics(metrics, 'predictions.parquet');
  return { path, text: await predictionBytes(table, loso.predictions) };
}
