import { basename, dirname, join } from 'node:path';
import {
  compactJson,
  formatCheckpoint,
  formatEnvironment,
  formatMetrics,
  formatSidecar,
  sha256,
  type AgreementMetrics,
  type Checkpoint,
  type EngineName,
  type MetricsDocument,
} from '@vqforge/artifact';
import { regressorModel } from '@vqforge/export';
import { publish } from '@vqforge/registry';
import { FEATURE_SETS, loadFeatureTable, type FeatureSelection, type FeatureTable } from '@vqforge/table';
import {
  crossValidate,
  heldOutSources,
  resolveRecipe,
  score,
  shipGate,
  TrainingPool,
  unflatten,
  type FitReply,
  type RecipeName,
  type RecipeOverrides,
  type TrainingData,
} from '@vqforge/train';
import { identifyDataset, type Dataset } from './dataset-files.ts';
import { makeFolder, requireFolderOf, writeDocument } from './document-files.ts';
import { environmentDocument } from './environment-node.ts';
import { PipelineError } from './errors.ts';
import {
  besideMetrics,
  outputPaths,
  PINNED_RUN,
  type OutputFlags,
  type OutputPaths,
} from './output-paths.ts';
import { regressorParity } from './parity.ts';
import {
  metricsDocument,
  regressorSidecar,
  type Publication,
  type RunFacts,
  type RunFile,
  type RunRequest,
} from './run-documents.ts';

export interface RetrainOptions {
  /** Parquet files, folders or globs: one table. */
  readonly parquet: readonly string[];
  /** Name of a feature set, or explicit columns. */
  readonly features: FeatureSelection;
  readonly teacherColumn: string;
  readonly dropInvalid: boolean;
  readonly recipe: RecipeName;
  readonly overrides: RecipeOverrides;
  readonly seed: number;
  readonly engine: EngineName;
  readonly workers: number;
  readonly shipThreshold: number;
  /** False never ships. */
  readonly export: boolean;
  readonly outputs: OutputFlags;
  /** Repository root: defaults live below it, and documents name files relative to it. */
  readonly root: string;
  readonly argv: readonly string[];
  readonly version: string;
  readonly signal?: AbortSignal;
  readonly observer?: RetrainObserver;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
}

/** What a user sees while it happens. */
export interface RetrainObserver {
  readonly table?: (table: FeatureTable, dataset: Dataset) => void;
  /** Optimiser steps over all folds and the final fit. */
  readonly progress?: (done: number, total: number) => void;
  readonly fold?: (source: string, agreement: AgreementMetrics) => void;
}

export interface RetrainResult {
  readonly metrics: MetricsDocument;
  /** Everything written, in order; paths are absolute. */
  readonly written: readonly RunFile[];
  /** What an earlier, killed publisher had left behind. */
  readonly recovered: readonly string[];
}

/**
 * Retrains the regressor: table → leave-one-source-out → gate → fit on all rows → export → parity → publish → evidence.
 *
 * What can be refused is refused before training starts, and nothing is written before the gate has spoken. A run that
 * does not ship writes its metrics and nothing else.
 *
 * @throws PipelineError and the coded errors of table, train and registry; the old model is intact after each of them
 */
export async function retrain(options: RetrainOptions): Promise<RetrainResult> {
  const { recipe, choice } = resolveRecipe(options.recipe, options.overrides);
  const paths = outputPaths(options.outputs, options.root);
  await checkOutputs(options, paths);
  const start = options.now();
  // threads load the engine while the table is read; only `full` does not know its width before
  const width =
    typeof options.features !== 'string'
      ? options.features.length
      : options.features === 'full'
        ? undefined
        : FEATURE_SETS[options.features].length;
  const openPool = (features: number): TrainingPool =>
    new TrainingPool({
      engine: options.engine,
      workers: options.workers,
      recipe,
      seed: options.seed,
      features,
      ...(options.observer?.progress ? { onProgress: options.observer.progress } : {}),
    });
  let pool = width === undefined ? undefined : openPool(width);
  const interrupt = (): void => void pool?.close();
  options.signal?.addEventListener('abort', interrupt, { once: true });
  try {
    const table = await loadFeatureTable({
      paths: [...options.parquet],
      features: options.features,
      teacherColumn: options.teacherColumn,
      dropInvalid: options.dropInvalid,
      fileDigests: true,
      ...(options.signal ? { signal: options.signal } : {}),
    });
    const dataset = await identifyDataset(table);
    options.observer?.table?.(table, dataset);
    pool ??= openPool(table.featureColumns.length);
    const loaded = options.now();
    const request: RunRequest = {
      ...options,
      featureSubset: typeof options.features === 'string' ? options.features : 'custom',
      recipe,
      choice,
    };
    const trained = await train(pool, table, dataset, request, options);
    const timings = { table: loaded - start, training: options.now() - loaded };
    return await ship(pool, trained, request, options, paths, timings);
  } finally {
    options.signal?.removeEventListener('abort', interrupt);
    await pool?.close();
  }
}

/** Refuses what could not be written at the end of a long run. */
async function checkOutputs(options: RetrainOptions, paths: OutputPaths): Promise<void> {
  if (options.export) {
    if (options.features !== 'canonical6') {
      throw new PipelineError(
        'UNPUBLISHABLE',
        'only the feature set canonical6 may be published as fr_regressor_v1; add --no-export to evaluate another one',
      );
    }
    await requireFolderOf(paths.onnx, '--out-onnx');
  }
  if (paths.metrics !== undefined) await requireFolderOf(paths.metrics, '--metrics-out');
}

/** A run up to the gate's verdict; `final` is undefined when the gate refused. */
interface Trained {
  readonly facts: RunFacts;
  readonly data: TrainingData;
  readonly final:
    { readonly fitted: FitReply; readonly model: Uint8Array; readonly scores: Float32Array } | undefined;
}

async function train(
  pool: TrainingPool,
  table: FeatureTable,
  dataset: Dataset,
  request: RunRequest,
  { observer }: RetrainOptions,
): Promise<Trained> {
  const column = (name: string): Float64Array => table.columns.get(name) as Float64Array;
  const data: TrainingData = {
    features: table.featureColumns.map(column),
    target: column(table.teacherColumn),
    source: table.source,
  };
  heldOutSources(data.source);
  pool.use(data);
  const toModel = (fitted: FitReply): Uint8Array => inferenceModel(fitted, data.features.length);
  // the longest fit goes first, so that no thread ends up alone with it; it is dropped when the gate refuses
  const finalFit = pool.fit(null);
  finalFit.catch(() => undefined);
  const loso = await crossValidate(pool, data, toModel, observer?.fold);
  const verdict = shipGate(loso.perFold, dataset.expectedFolds, request.shipThreshold);
  const facts = { request, table, dataset, loso, verdict };
  if (!verdict.ship) return { facts: { ...facts, inSample: null }, data, final: undefined };
  const fitted = await finalFit;
  const model = toModel(fitted);
  const { agreement, predictions } = await score(pool, data, null, model, fitted.standardisation);
  return { facts: { ...facts, inSample: agreement }, data, final: { fitted, model, scores: predictions } };
}

async function ship(
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

function inferenceModel({ parameters, targetStandardisation }: FitReply, features: number): Uint8Array {
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
