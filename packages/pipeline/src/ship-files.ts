import { basename, dirname, join } from 'node:path';
import { compactJson, sha256 } from '@vqforge/base';
import {
  formatCheckpoint,
  formatEnvironment,
  formatMetrics,
  formatSidecar,
  type Checkpoint,
  type MetricsDocument,
} from '@vqforge/artifact';
import { regressorModel } from '@vqforge/export';
import { foreseeReplacement, needsReplace, publish, type TrainingOrigin } from '@vqforge/registry/node';
import {
  unflatten,
  type CrossValidation,
  type FitReply,
  type TrainingData,
  type TrainingPool,
} from '@vqforge/train';
import {
  makeFolder,
  stageDocuments,
  workspaceFolders,
  writeDocuments,
  type Document,
} from '@vqforge/artifact/node';
import { environmentDocument } from './environment-node.ts';
import { PipelineError } from './errors.ts';
import { keepsPredictions, type OutputPaths } from './output-paths.ts';
import { besideMetrics } from '@vqforge/artifact/node';
import { graphClip, regressorParity } from './parity.ts';
import { predictionBytes } from '@vqforge/table';
import type { RetrainOptions, RetrainResult } from './retrain.ts';
import {
  metricsDocument,
  regressorSidecar,
  type Publication,
  type RunFacts,
  type RunFile,
  type RunRequest,
} from './run-documents.ts';

export { identifyDataset, trainingData } from './dataset-files.ts';
export { chooseProbes, describeProbes } from './probe-files.ts';

/** Stands for the registry's digest, as long as that, until the publish has made it. */
const UNKNOWN_DIGEST = '0'.repeat(64);

type TrainedFacts = RunFacts & { readonly loso: CrossValidation };

/** A run up to the gate's verdict; `final` is undefined when the gate refused. */
export interface Trained {
  readonly facts: TrainedFacts;
  readonly data: TrainingData;
  readonly final:
    { readonly fitted: FitReply; readonly model: Uint8Array; readonly scores: Float32Array } | undefined;
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
 * Export, parity, evidence, publish: the evidence is on disk before the publish and gets its names after it, so that
 * neither is there without the other. Without a final fit, or when nothing is to be exported, the metrics alone.
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
    const metrics = metricsDocument(facts, undefined, options.root);
    const path = await metricsPath(paths, options, request, metrics);
    const documents = [
      // a refused run leaves its metrics and nothing else
      ...(facts.verdict.ship && keepsPredictions(options) ? [await heldOutDocument(path, facts)] : []),
      { path, text: formatMetrics(metrics) },
    ];
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
  const sidecar = Buffer.from(
    formatSidecar(
      regressorSidecar(facts, checkpoint, { name: basename(paths.onnx), bytes: model }, parity.wasm),
    ),
  );
  const publication = (registryDigest: string): Publication => ({
    parity: parity.wasm,
    onnx: { path: paths.onnx, sha256: sha256(model) },
    sidecar: { path: paths.sidecar, sha256: sha256(sidecar) },
    registry: { path: paths.registry, sha256: registryDigest },
  });
  const environment = await environmentDocument(
    { engine: request.engine, workers: options.workers, timings, nativeParity: parity.native },
    options.root,
  );
  const draft = metricsDocument(facts, publication(UNKNOWN_DIGEST), options.root);
  const path = await metricsPath(paths, options, request, draft);
  const heldOut = keepsPredictions(options) ? [await heldOutDocument(path, facts)] : [];
  // the metrics say `shipped`: they come last
  const evidence = (metrics: MetricsDocument): Document[] => [
    { path: besideMetrics(path, 'environment.json'), text: formatEnvironment(environment) },
    { path: besideMetrics(path, 'checkpoint.json'), text: formatCheckpoint(checkpoint) },
    ...heldOut,
    { path, text: formatMetrics(metrics) },
  ];
  const staged = await stageDocuments(evidence(draft));
  try {
    if (options.signal?.aborted)
      throw new PipelineError('INTERRUPTED', 'interrupted before the publish; the old model is intact');
    const { digests, recovered } = await publish({
      registry: paths.registry,
      onnx: { name: basename(paths.onnx), bytes: model },
      sidecar,
      replace: options.replace === true,
    });
    const { onnx, sidecar: sidecarFile, registry } = publication(digests.registry);
    const metrics = metricsDocument(facts, publication(digests.registry), options.root);
    const documents = evidence(metrics);
    await staged.commit(documents.map(({ text }) => text));
    return {
      metrics,
      written: [onnx, sidecarFile, registry, ...documents.map(digestOf)],
      recovered: recovered.map(({ detail }) => detail),
    };
  } finally {
    await staged.discard();
  }
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
  { id }: RunRequest,
  metrics: MetricsDocument,
): Promise<string> {
  if (paths.metrics !== undefined) return paths.metrics;
  const isPinned = metrics.shipped && dirname(paths.registry) === folders.model;
  const { args, inputs = {} } = metrics.run_provenance;
  const folder = isPinned ? id : `${id}-${sha256(compactJson({ args, table: inputs['table'] })).slice(0, 8)}`;
  const path = join(folders.runs, folder, 'metrics.json');
  await makeFolder(dirname(path));
  return path;
}

async function heldOutDocument(metrics: string, { table, loso }: TrainedFacts): Promise<Document> {
  const path = besideMetrics(metrics, 'predictions.parquet');
  return { path, text: await predictionBytes(table, loso.predictions) };
}

function digestOf({ path, text }: Document): RunFile {
  return { path, sha256: sha256(text) };
}
