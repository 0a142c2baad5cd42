import { basename, dirname, join } from 'node:path';
import {
  compactJson,
  formatCheckpoint,
  formatEnvironment,
  formatMetrics,
  formatSidecar,
  sha256,
  type Checkpoint,
  type MetricsDocument,
} from '@vqforge/artifact';
import { regressorModel } from '@vqforge/export';
import { publish } from '@vqforge/registry';
import { unflatten, type FitReply, type TrainingData, type TrainingPool } from '@vqforge/train';
import { makeFolder, writeDocument } from './document-files.ts';
import { environmentDocument } from './environment-node.ts';
import { PipelineError } from './errors.ts';
import { besideMetrics, PINNED_RUN, type OutputPaths } from './output-paths.ts';
import { regressorParity } from './parity.ts';
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

/** A run up to the gate's verdict; `final` is undefined when the gate refused. */
export interface Trained {
  readonly facts: RunFacts;
  readonly data: TrainingData;
  readonly final:
    { readonly fitted: FitReply; readonly model: Uint8Array; readonly scores: Float32Array } | undefined;
}

/**
 * Export, parity, publish, evidence. Without a final fit, or when nothing is to be exported, the metrics alone.
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
    const written = await writeText(await metricsPath(paths, options, metrics), formatMetrics(metrics));
    return { metrics, written: [written], recovered: [] };
  }
  const { fitted, model, scores } = final;
  const parity = await regressorParity({
    model,
    features: data.features,
    standardisation: fitted.standardisation,
    targetStandardisation: fitted.targetStandardisation,
    trained: await pool.predictTrained(null, fitted),
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
  if (options.signal?.aborted)
    throw new PipelineError('INTERRUPTED', 'interrupted before the publish; the old model is intact');
  const published = await publish({
    registry: paths.registry,
    onnx: { name: basename(paths.onnx), bytes: model },
    sidecar,
  });
  const publication: Publication = {
    parity: parity.wasm,
    onnx: { path: paths.onnx, sha256: published.digests.onnx },
    sidecar: { path: paths.sidecar, sha256: published.digests.sidecar },
    registry: { path: paths.registry, sha256: published.digests.registry },
  };
  const metrics = metricsDocument(facts, publication, options.root);
  const environment = await environmentDocument(
    { engine: request.engine, workers: options.workers, timings, nativeParity: parity.native },
    options.root,
  );
  const path = await metricsPath(paths, options, metrics);
  const evidence = [
    await writeText(path, formatMetrics(metrics)),
    await writeText(besideMetrics(path, 'environment'), formatEnvironment(environment)),
    await writeText(besideMetrics(path, 'checkpoint'), formatCheckpoint(checkpoint)),
  ];
  return {
    metrics,
    written: [publication.onnx, publication.sidecar, publication.registry, ...evidence],
    recovered: published.recovered.map(({ detail }) => detail),
  };
}

/** Trained parameters as an ONNX file whose scores are VMAF points. */
export function inferenceModel(
  { parameters, targetStandardisation }: FitReply,
  features: number,
): Uint8Array {
  return regressorModel({ parameters: unflatten(parameters, features), targetStandardisation, features });
}

/**
 * Where the metrics go unless a flag says so: `runs/fr_regressor_v1/` for the run whose model the default registry pins,
 * and a folder named by what was asked for any other, so that the pinned model keeps its evidence.
 */
async function metricsPath(
  paths: OutputPaths,
  { root, outputs }: RetrainOptions,
  metrics: MetricsDocument,
): Promise<string> {
  if (paths.metrics !== undefined) return paths.metrics;
  const isPinned = metrics.shipped && outputs.outOnnx === undefined && outputs.registry === undefined;
  const { args, inputs = {} } = metrics.run_provenance;
  const folder = isPinned
    ? PINNED_RUN
    : `${PINNED_RUN}-${sha256(compactJson({ args, table: inputs['table'] })).slice(0, 8)}`;
  const path = join(root, 'runs', folder, 'metrics.json');
  await makeFolder(dirname(path));
  return path;
}

async function writeText(path: string, text: string): Promise<RunFile> {
  await writeDocument(path, text);
  return { path, sha256: sha256(text) };
}
