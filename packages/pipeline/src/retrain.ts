import type { AgreementMetrics, EngineName, MetricsDocument } from '@vqforge/artifact';
import { FEATURE_SETS, loadEncoder, type FeatureSelection, type FeatureTable } from '@vqforge/table';
import {
  crossValidate,
  heldOutSources,
  resolveRecipe,
  score,
  shipGate,
  TrainError,
  TrainingPool,
  type RecipeName,
  type RecipeOverrides,
  type TrainingData,
} from '@vqforge/train';
import type { Dataset, DatasetNames } from './dataset-files.ts';
import {
  requireFolderOf,
  requireSafeOutputs,
  workspaceFolders,
  type OutputGuard,
  type WorkspaceFolders,
} from '@vqforge/artifact/node';
import { PipelineError } from './errors.ts';
import { regressorId } from './model-id.ts';
import {
  evidenceOutputs,
  keepsPredictions,
  outputPaths,
  PINNED_RUN,
  runOutputs,
  type OutputPaths,
  type PublishingOptions,
} from './output-paths.ts';
import type { Augment, ProbeChoice } from './probe-files.ts';
import type { RunFacts, RunFile, RunRequest } from './run-documents.ts';
import type { Trained } from './ship-files.ts';
import { loadTrainingTable, type TrainingTableRequest } from './training-table.ts';

export interface RetrainOptions extends TrainingTableRequest, PublishingOptions {
  /** Which teacher probes to train on as well. */
  readonly augment?: Augment;
  /** Licence of the model, instead of what the manifest of the table says. */
  readonly license?: string;
  readonly recipe: RecipeName;
  readonly overrides: RecipeOverrides;
  readonly seed: number;
  readonly engine: EngineName;
  /** Training threads; those beyond one per fold would find nothing to do and are not started. */
  readonly workers: number;
  readonly shipThreshold: number;
  /** False never ships. */
  readonly export: boolean;
  /** Whether the held-out predictions are written, unless the gate refuses; default: when the run exports. */
  readonly keepPredictions?: boolean;
  /** In the registry; default: the stem of the ONNX file that the outputs name, else `fr_regressor_v1`. */
  readonly id?: string;
  /** How the evidence calls the features, where an earlier run called them otherwise. */
  readonly featureSubset?: string;
  /** What an earlier run called the table; default: what its manifest says. */
  readonly dataset?: DatasetNames;
  readonly argv: readonly string[];
  readonly version: string;
  readonly observer?: RetrainObserver;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
}

type InferenceModel = typeof import('./ship-files.ts').inferenceModel;

/** Calls that report the progress of a training. */
export interface RetrainObserver {
  readonly table?: (table: FeatureTable, dataset: Dataset) => void;
  /** Which teacher probes join training, or why none do. */
  readonly probes?: (choice: ProbeChoice) => void;
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
 * @example
 * const { metrics } = await retrain({
 *   parquet: ['features.parquet'], features: 'canonical6', teacherColumn: 'vmaf', dropInvalid: false,
 *   recipe: 'standard', overrides: {}, seed: 0, engine: 'wasm', workers: 2, shipThreshold: 0.95, export: true, outputs: {},
 *   root: '.', argv: [], version: VERSION, now: () => performance.now(),
 * });
 * metrics.shipped; // true: model/tiny/ holds the model, runs/fr_regressor_v1/ its evidence
 */
export async function retrain(options: RetrainOptions): Promise<RetrainResult> {
  const map = options.map ?? new Map<string, string>();
  const { recipe, choice: recipeChoice } = resolveRecipe(options.recipe, options.overrides);
  const folders = options.folders ?? workspaceFolders(options.root);
  const id = regressorId(options.id, options.outputs.outOnnx);
  const paths = outputPaths(options.outputs, folders.model, `${id}.onnx`);
  await checkOutputs(options, paths, id);
  const start = options.now();
  // threads load the engine while the table is read; only `full` does not know its width before
  const width = knownWidth(options.features);
  const openPool = (features: number, workers: number): TrainingPool =>
    new TrainingPool({
      engine: options.engine,
      workers,
      recipe,
      seed: options.seed,
      features,
      ...(options.observer?.progress ? { onProgress: options.observer.progress } : {}),
    });
  const isEarly = width !== undefined && options.workers <= MOST_EARLY_THREADS;
  let pool = isEarly ? openPool(width, options.workers) : undefined;
  const interrupt = (): void => void pool?.close();
  options.signal?.addEventListener('abort', interrupt, { once: true });
  try {
    const loading = loadTrainingTable(options);
    // what comes after training takes 0.2 s to load: it loads beside the table
    const [table, shipping] = await Promise.all([loading, import('./ship-files.ts')]);
    const dataset = await shipping.identifyDataset(table, folders.datasets, options.dataset);
    options.observer?.table?.(table, dataset);
    const choice = await shipping.chooseProbes({
      ...options,
      datasets: folders.datasets,
      recipe,
      table,
      dataset,
    });
    options.observer?.probes?.(choice);
    const probes = 'table' in choice ? choice : undefined;
    await requireSafeOutputs(outputGuard(options, paths, folders, [table, probes?.table]));
    if (options.export) {
      const { seed, engine } = options;
      const origin = {
        datasetDigest: table.contentDigest,
        ...(probes === undefined ? {} : { probesDigest: probes.table.contentDigest }),
        recipe: recipeChoice,
        seed,
        engine,
      };
      await shipping.checkRegistry(paths, id, origin, options.replace === true);
    }
    // an abort before this line found no pool to close
    if (options.signal?.aborted) throw new PipelineError('INTERRUPTED', 'interrupted before training');
    const folds = heldOutSources(table.source).length;
    pool ??= openPool(table.featureColumns.length, Math.min(options.workers, folds));
    const loaded = options.now();
    const request: RunRequest = {
      ...options,
      map,
      id,
      featureSubset:
        options.featureSubset ?? (typeof options.features === 'string' ? options.features : 'custom'),
      recipe,
      choice: recipeChoice,
    };
    const trained = await train(
      pool,
      shipping.trainingData(table, probes?.table),
      {
        request,
        table,
        dataset,
        augmentation: probes && shipping.describeProbes(probes, table, recipe),
      },
      options,
      shipping.inferenceModel,
    );
    const timings = { table: loaded - start, training: options.now() - loaded };
    return await shipping.ship(pool, trained, request, options, paths, timings);
  } finally {
    options.signal?.removeEventListener('abort', interrupt);
    await pool?.close();
  }
}

/** A table has about so many sources; more threads, 100 MB each, wait until it is known how many there are. */
const MOST_EARLY_THREADS = 9;

function knownWidth(features: FeatureSelection): number | undefined {
  if (typeof features !== 'string') return features.length;
  return features === 'full' ? undefined : FEATURE_SETS[features].length;
}

/** Refuses what could not be written at the end of a long run. */
export async function checkOutputs(options: RetrainOptions, paths: OutputPaths, id: string): Promise<void> {
  if (options.export) {
    if (id === PINNED_RUN && options.features !== 'canonical6')
      throw new PipelineError(
        'UNPUBLISHABLE',
        `only the feature set canonical6 may be published as ${id}; name this model with --id, or add --no-export to evaluate it`,
      );
    await requireFolderOf(paths.onnx, '--out-onnx');
  }
  if (paths.metrics !== undefined) await requireFolderOf(paths.metrics, '--metrics-out');
}

/** The guard of a training's outputs: its inputs, registries and runs, which it may not overwrite. */
export function outputGuard(
  options: RetrainOptions,
  paths: OutputPaths,
  { model, runs }: WorkspaceFolders,
  tables: readonly ({ readonly files: FeatureTable['files'] } | undefined)[],
): OutputGuard {
  return {
    outputs: [
      ...(options.export ? runOutputs(paths) : []),
      ...(paths.metrics === undefined ? [] : evidenceOutputs(paths.metrics)),
    ],
    inputs: tables.flatMap((table) => (table?.files ?? []).map(({ path }) => path)),
    registries: [model],
    runs: [runs],
    force: options.force === true,
  };
}

async function train(
  pool: TrainingPool,
  data: TrainingData,
  known: Pick<RunFacts, 'request' | 'table' | 'dataset' | 'augmentation'>,
  options: RetrainOptions,
  inferenceModel: InferenceModel,
): Promise<Trained> {
  pool.use(data);
  // the longest fit goes first, so that no thread ends up alone with it; it is dropped when the gate refuses
  const finalFit = pool.fit(null);
  finalFit.catch(() => undefined);
  if (keepsPredictions(options)) void loadEncoder(); // for the predictions, while this thread has nothing else to do
  const loso = await crossValidate(
    pool,
    data,
    (fitted) => inferenceModel(fitted, data.features.length, known.request),
    options.observer?.fold,
  );
  const verdict = shipGate(loso.perFold, known.dataset.expectedFolds, known.request.shipThreshold);
  const facts = { ...known, loso, verdict };
  if (!verdict.ship) return { facts: { ...facts, inSample: null }, data, final: undefined };
  const fitted = await finalFit.catch(whyDiverged);
  if (typeof fitted === 'string') {
    const refused = { ship: false, reasons: [`the fit on all rows: ${fitted}`] };
    return { facts: { ...facts, verdict: refused, inSample: null }, data, final: undefined };
  }
  const model = inferenceModel(fitted, data.features.length, known.request);
  const { agreement, predictions } = await score(pool, data, null, model, fitted);
  return { facts: { ...facts, inSample: agreement }, data, final: { fitted, model, scores: predictions } };
}

/** What is refused by the gate, not broken. Rethrows other errors. */
function whyDiverged(error: unknown): string {
  if (error instanceof TrainError && error.code === 'DIVERGED') return error.message;
  throw error;
}
