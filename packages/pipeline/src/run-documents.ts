import { resolve } from 'node:path';
import {
  columnMap,
  isPortablePath,
  type AgreementMetrics,
  type Augmentation,
  type Checkpoint,
  type MetricsDocument,
  type Parity,
  type RecipeChoice,
  type RegressorSidecar,
  type RunProvenance,
} from '@vqforge/artifact';
import { portablePath } from '@vqforge/artifact/node';
import { GENERATOR, type Json, sha256 } from '@vqforge/base';
import { REGRESSOR } from '@vqforge/export';
import type { FeatureTable } from '@vqforge/table';
import { type LosoReport, type Recipe, type Verdict } from '@vqforge/train';
import type { Dataset } from './dataset-files.ts';
import { PINNED_RUN } from './output-paths.ts';
import { outputRange } from './teacher-range.ts';

/** The request of a run, as far as it can change a byte of what is written. */
export interface RunRequest {
  readonly featureSubset: string;
  readonly teacherColumn: string;
  readonly dropInvalid: boolean;
  /** Columns that have another name in the files, by the name that the table knows. */
  readonly map: ReadonlyMap<string, string>;
  /** Instead of what the manifest says. */
  readonly license?: string;
  readonly recipe: Recipe;
  readonly choice: RecipeChoice;
  readonly engine: Checkpoint['engine'];
  readonly seed: number;
  readonly shipThreshold: number;
  /** In the registry. */
  readonly id: string;
  /** Lowest and highest score that the teacher gives, where they are not 0 and 100. */
  readonly teacherRange?: readonly [low: number, high: number];
  /** Raw command-line arguments; paths in them are made portable. */
  readonly argv: readonly string[];
  readonly version: string;
}

/** Everything that the documents of a run are made of. */
export interface RunFacts {
  readonly request: RunRequest;
  readonly table: FeatureTable;
  readonly dataset: Dataset;
  /** Undefined: no probes. */
  readonly augmentation: Augmentation | undefined;
  readonly loso: LosoReport;
  readonly verdict: Verdict;
  readonly inSample: AgreementMetrics | null;
}

/** The sidecar: a pure function of content digests, arguments that change the bytes, and the recipe. */
export function regressorSidecar(
  facts: RunFacts,
  checkpoint: Checkpoint,
  onnx: { readonly name: string; readonly bytes: Uint8Array },
  parity: Parity,
): RegressorSidecar {
  const { request, table, dataset, augmentation, loso, inSample } = facts;
  const onnxDigest = sha256(onnx.bytes);
  const { summary } = loso;
  const range = table.featureColumns.map((name) => extremes(table.columns.get(name) as Float64Array));
  // the gate has passed, so every summary is a number
  const plcc = summary.mean_plcc as number;
  return {
    id: request.id,
    kind: 'fr',
    task: 'feature_regression',
    onnx: onnx.name,
    opset: REGRESSOR.opset,
    sha256: onnxDigest,
    notes: `Full-reference VMAF regressor: ${table.featureColumns.length} libvmaf features to the score of ${dataset.teacherModel ?? 'an unnamed teacher'}, per frame. Trained on ${dataset.id} (${table.source.names.length} sources); leave-one-source-out mean PLCC ${plcc.toFixed(4)} against that teacher, not against people.`,
    input_names: [REGRESSOR.inputName],
    output_names: [REGRESSOR.outputName],
    license: request.license ?? dataset.license,
    output_range: outputRange(request),
    clip: request.recipe.unclipped ? 'graph' : 'runtime',
    input_standardised_by: 'caller',
    feature_order: table.featureColumns,
    feature_mean: checkpoint.standardisation.mean,
    feature_std: checkpoint.standardisation.scale,
    feature_min: range.map(({ min }) => min),
    feature_max: range.map(({ max }) => max),
    teacher: { column: table.teacherColumn, model: dataset.teacherModel },
    parity,
    training: {
      dataset: dataset.id,
      dataset_digest: table.contentDigest,
      n_rows: table.rows,
      n_sources: table.source.names.length,
      n_pairs: dataset.pairs,
      recipe: request.choice,
      engine: request.engine,
      seed: request.seed,
      epochs: request.recipe.epochs,
      ship_threshold: request.shipThreshold,
      loso_mean_plcc: plcc,
      loso_std_plcc: summary.std_plcc as number,
      loso_mean_srocc: summary.mean_srocc as number,
      loso_mean_rmse: summary.mean_rmse as number,
      in_sample_plcc: inSample?.plcc as number,
      ...(request.recipe.unclipped && table.unclippedColumn !== undefined
        ? { target_column: table.unclippedColumn }
        : {}),
      ...(augmentation === undefined ? {} : { augmentation }),
    },
    run_provenance: {
      schema: 'ai-run-provenance-v1',
      entrypoint: entrypoint(request),
      args: byteArguments(request),
      inputs: inputDigests(facts),
      outputs: { onnx: onnxDigest },
    },
  };
}

/** A file that the run read or wrote. */
export interface RunFile {
  readonly path: string;
  readonly sha256: string;
}

export interface Publication {
  readonly parity: Parity;
  readonly onnx: RunFile;
  readonly sidecar: RunFile;
}

/**
 * The evidence of a run.
 *
 * @param publication undefined where nothing was shipped
 * @param predictions undefined where none are kept
 */
export function metricsDocument(
  facts: RunFacts,
  publication: Publication | undefined,
  predictions: RunFile | undefined,
  root: string,
): MetricsDocument {
  const { request, table, dataset, augmentation, loso, verdict, inSample } = facts;
  const { recipe } = request;
  const describe = (file: RunFile): { path: string; exists: true; kind: 'file'; sha256: string } => ({
    path: portablePath(file.path, root),
    exists: true,
    kind: 'file',
    sha256: file.sha256,
  });
  const provenance: RunProvenance = {
    schema: 'ai-run-provenance-v1',
    entrypoint: entrypoint(request),
    argv: request.argv.map((argument) => portableArgument(argument, root)),
    args: byteArguments(request),
    // the table was loaded with file digests
    inputs: { parquet: (table.files as readonly RunFile[]).map(describe), ...inputDigests(facts) },
    ...(publication === undefined && predictions === undefined
      ? {}
      : {
          outputs: {
            ...(publication === undefined
              ? {}
              : { onnx: describe(publication.onnx), sidecar: describe(publication.sidecar) }),
            ...(predictions === undefined ? {} : { predictions: describe(predictions) }),
          },
        }),
  };
  return {
    feature_subset: request.featureSubset,
    feature_cols: table.featureColumns,
    loso: { per_fold: Object.fromEntries(loso.perFold), summary: loso.summary },
    in_sample: inSample,
    ship_threshold: request.shipThreshold,
    shipped: publication !== undefined,
    epochs: recipe.epochs,
    batch_size: recipe.batchSize,
    lr: recipe.learningRate,
    weight_decay: recipe.weightDecay,
    seed: request.seed,
    recipe: request.choice,
    ...(augmentation === undefined ? {} : { augmentation }),
    engine: request.engine,
    reproducible: request.engine === 'wasm',
    expected_folds: dataset.expectedFolds,
    gate: { passed: verdict.ship, reasons: verdict.reasons },
    dataset: {
      id: dataset.id,
      content_digest: table.contentDigest,
      n_rows: table.rows,
      n_sources: table.source.names.length,
      n_pairs: dataset.pairs,
      dropped_rows: table.droppedRows,
    },
    warnings: table.warnings.map(({ message }) => message),
    parity: publication?.parity ?? null,
    artifacts:
      publication === undefined
        ? null
        : {
            onnx: publication.onnx.sha256,
            sidecar: publication.sidecar.sha256,
            ...(predictions === undefined ? {} : { predictions: predictions.sha256 }),
          },
    run_provenance: provenance,
  };
}

/** Content digests of what the run was trained on. */
function inputDigests({ table, augmentation }: RunFacts): Record<string, string> {
  return {
    table: table.contentDigest,
    ...(augmentation === undefined ? {} : { probes: augmentation.dataset_digest }),
  };
}

function entrypoint({ version }: RunRequest): { command: string; package: string; version: string } {
  return { command: 'vqforge train fr-regressor', package: '@vqforge/cli', version };
}

/** Only what can change the bytes: no workers, paths or verbosity. */
export function byteArguments(request: RunRequest): Record<string, Json> {
  return {
    features: request.featureSubset,
    teacher_column: request.teacherColumn,
    drop_invalid: request.dropInvalid,
    recipe: request.choice.name,
    overrides: request.choice.overrides,
    engine: request.engine,
    seed: request.seed,
    random: GENERATOR,
    ship_threshold: request.shipThreshold,
    // what was not asked for is not recorded: documents of earlier versions stay as they are
    ...(request.id === PINNED_RUN ? {} : { id: request.id }),
    ...(request.map.size === 0 ? {} : { column_map: columnMap(request.map) }),
    ...(request.license === undefined ? {} : { license: request.license }),
    ...(request.teacherRange === undefined ? {} : { teacher_range: [...request.teacherRange] }),
  };
}

/** Flags keep their spelling; a path that is absolute or climbs, after a flag or an equals sign, loses what names the machine. */
function portableArgument(argument: string, root: string): string {
  const [, flag = '', value = ''] = /^(--[^=]+=)?(.*)$/s.exec(argument) ?? [];
  return flag + (isPortablePath(value) ? value : portablePath(resolve(value), root));
}

function extremes(values: Float64Array): { min: number; max: number } {
  let min = Infinity;
  let max = -Infinity;
  for (const value of values) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}
