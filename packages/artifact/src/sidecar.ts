import * as v from 'valibot';
import type { EngineName } from '@vqforge/base';
import { type DocumentKind, readDocument, writeDocument } from './document.ts';
import { type RunProvenance, runProvenance } from './run-provenance.ts';
import { invariant, list, looseObject, matching, record, type Schema, strictObject, text } from './schema.ts';
import {
  type Augmentation,
  augmentation,
  count,
  digest,
  engineName,
  featureNames,
  finite,
  integer,
  modelId,
  name,
  opset,
  type Parity,
  positive,
  recipeChoice,
  type RecipeChoice,
  type Teacher,
  teacher,
  wasmParity,
} from './fields.ts';

/** Fields that every model has; keys that lusoris/vmaf has too keep its spelling. */
interface SidecarBase {
  readonly id: string;
  readonly kind: 'fr';
  /** ONNX file name, beside the sidecar. */
  readonly onnx: string;
  readonly opset: number;
  readonly sha256: string;
  readonly notes: string;
  readonly input_names: readonly string[];
  readonly output_names: readonly string[];
  readonly license: string;
  readonly license_url?: string;
  /** Range of the `score` output; null where it is unbounded. */
  readonly output_range: { readonly min: number | null; readonly max: number | null };
  /** Who brings the input to the graph's scale: the program that calls it, or the graph itself. */
  readonly input_standardised_by: 'caller' | 'graph';
  readonly parity: Parity;
  readonly run_provenance: RunProvenance;
}

/** Where a regressor's numbers come from; counts are read from the table. */
export interface RegressorTraining {
  readonly dataset: string;
  /** Content digest of the feature table. */
  readonly dataset_digest: string;
  readonly n_rows: number;
  readonly n_sources: number;
  readonly n_pairs: number;
  readonly recipe: RecipeChoice;
  readonly engine: EngineName;
  readonly seed: number;
  readonly epochs: number;
  readonly ship_threshold: number;
  readonly loso_mean_plcc: number;
  readonly loso_std_plcc: number;
  readonly loso_mean_srocc: number;
  readonly loso_mean_rmse: number;
  readonly in_sample_plcc: number;
  /** The column that was fitted, where it is not the teacher's own: its scores before they were clipped. */
  readonly target_column?: string;
  /** Probes among the training rows; absent where there were none. */
  readonly augmentation?: Augmentation;
}

/** Features → VMAF points, higher is better. */
export interface RegressorSidecar extends SidecarBase {
  readonly task: 'feature_regression';
  readonly feature_order: readonly string[];
  readonly feature_mean: readonly number[];
  readonly feature_std: readonly number[];
  /** Extremes of the table's rows, in feature units: outside them the model extrapolates, unless probes reach further. */
  readonly feature_min: readonly number[];
  readonly feature_max: readonly number[];
  readonly teacher: Teacher;
  /** Whether the graph brings a score into `output_range`, or the program that runs it (as where this is absent). */
  readonly clip?: 'graph' | 'runtime';
  readonly training: RegressorTraining;
}

/** Image pair → LPIPS distance, lower is more similar. */
export interface DistanceSidecar extends SidecarBase {
  readonly task: 'perceptual_distance';
  readonly network: 'squeeze' | 'alex' | 'vgg';
  /** Version of the LPIPS heads, such as `0.1`. */
  readonly lpips_version: string;
  /** Added to the norm of a feature vector, after the square root. */
  readonly epsilon: number;
  /** Smaller sides kill ONNX Runtime or answer nonsense. */
  readonly minimum_side: number;
  /** `float32`: [n, 3, H, W] planes; `uint8`: [n, H, W, 3] pixels. */
  readonly input_type: 'float32' | 'uint8';
  /** Smallest and largest value that an input holds. */
  readonly input_range: { readonly min: number; readonly max: number };
  /** Standardisation of RGB in [0, 1], per channel: (x − mean) / std; by whom, says `input_standardised_by`. */
  readonly channel_mean: readonly number[];
  readonly channel_std: readonly number[];
  /** Content digests of the tensors by role, `trunk` and `heads`, whatever file they came in; no heads in a baseline. */
  readonly weights: Readonly<Record<string, string>>;
  /** Where the weights come from and under which terms, by the same roles. */
  readonly weight_sources: Readonly<Record<string, WeightSource>>;
}

/** Upstream of some weights. */
export interface WeightSource {
  readonly name: string;
  /** SPDX expression; `NOASSERTION` where the weights are not known. */
  readonly license: string;
  readonly license_url?: string;
}

/** The document beside each ONNX file: one writer, one schema, one spelling, a pure function of content. */
export type Sidecar = RegressorSidecar | DistanceSidecar;

/** Limits of lusoris/vmaf's registry schema: notes ≤ 512 characters, opset 7–21. */
const MAX_NOTES = 512;

const numbers: Schema<number[]> = v.array(finite);
const bound: Schema<number | null> = v.nullable(finite);

const base = {
  id: modelId,
  kind: v.literal('fr'),
  onnx: matching(/^[a-z0-9][a-z0-9_.-]*\.onnx$/, 'a file name in small letters that ends in .onnx', 256),
  opset,
  sha256: digest,
  notes: text(MAX_NOTES),
  input_names: featureNames,
  output_names: featureNames,
  license: text(128, 1),
  license_url: v.exactOptional(v.pipe(text(512), v.url('expected a URL'))),
  output_range: v.pipe(
    strictObject({ min: bound, max: bound }),
    v.check(({ min, max }) => min === null || max === null || min < max, 'expected min below max'),
  ),
  input_standardised_by: v.picklist(['caller', 'graph']),
  parity: wasmParity,
  run_provenance: runProvenance,
};

const regressor: Schema<RegressorSidecar> = v.pipe(
  strictObject({
    ...base,
    task: v.literal('feature_regression'),
    feature_order: featureNames,
    feature_mean: numbers,
    feature_std: v.array(positive),
    feature_min: numbers,
    feature_max: numbers,
    teacher,
    clip: v.exactOptional(v.picklist(['graph', 'runtime'])),
    training: strictObject({
      dataset: name,
      dataset_digest: digest,
      n_rows: count,
      n_sources: count,
      n_pairs: count,
      recipe: recipeChoice,
      engine: engineName,
      seed: count,
      epochs: count,
      ship_threshold: finite,
      loso_mean_plcc: finite,
      loso_std_plcc: finite,
      loso_mean_srocc: finite,
      loso_mean_rmse: finite,
      in_sample_plcc: finite,
      target_column: v.exactOptional(name),
      augmentation: v.exactOptional(augmentation),
    }),
  }),
  invariant(function* ({ training, ...value }) {
    const order = value.feature_order;
    const lengthProblem = (values: readonly unknown[]) =>
      `expected ${order.length} numbers, one per feature_order entry, got ${values.length}`;
    for (const key of ['feature_mean', 'feature_std', 'feature_min', 'feature_max'] as const)
      if (value[key].length !== order.length) yield [[key], lengthProblem(value[key])];
    for (const [index, feature] of order.entries()) {
      const [min = 0, max = 0] = [value.feature_min[index], value.feature_max[index]];
      if (min > max)
        yield [['feature_min', index], `expected at most ${max}, the maximum of ${feature}, got ${min}`];
    }
    for (const key of ['feature_min', 'feature_max'] as const) {
      const bounds = training.augmentation?.[key] ?? order;
      if (bounds.length !== order.length) yield [['training', 'augmentation', key], lengthProblem(bounds)];
    }
  }),
);

const distance: Schema<DistanceSidecar> = v.pipe(
  strictObject({
    ...base,
    task: v.literal('perceptual_distance'),
    network: v.picklist(['squeeze', 'alex', 'vgg']),
    lpips_version: name,
    epsilon: positive,
    minimum_side: v.pipe(integer, v.minValue(1)),
    input_type: v.picklist(['float32', 'uint8']),
    input_range: v.pipe(
      strictObject({ min: finite, max: finite }),
      v.check(({ min, max }) => min < max, 'expected min below max'),
    ),
    channel_mean: list(finite, 3, 3),
    channel_std: list(positive, 3, 3),
    weights: record(digest),
    weight_sources: record(strictObject({ name, license: base.license, license_url: base.license_url })),
  }),
  invariant(function* ({ weights, weight_sources: sources }) {
    const [roles, described] = [weights, sources].map((value) => Object.keys(value).sort().join(', '));
    if (roles !== described)
      yield [['weight_sources'], `expected one source per entry of weights, ${roles}, got ${described}`];
  }),
);

const task: Schema<{ task: Sidecar['task'] }> = looseObject({
  task: v.picklist(['feature_regression', 'perceptual_distance']),
});

const SCHEMAS: { readonly [T in Sidecar['task']]: Schema<Sidecar> } = {
  feature_regression: regressor,
  perceptual_distance: distance,
};

/** `task` is read first, so that the bad fields named are those of one model, not of every union member. */
function kindOf(task: Sidecar['task']): DocumentKind<Sidecar> {
  return { name: 'sidecar', schema: SCHEMAS[task] };
}

/**
 * The sidecar of a model, read from JSON and checked.
 *
 * @throws ArtifactError NOT_JSON | TOO_LARGE | INVALID_DOCUMENT naming every bad field; for lusoris/vmaf's
 * other spellings see `describeSidecarDialect`
 */
export function parseSidecar(input: unknown): Sidecar {
  const discriminated = readDocument({ name: 'sidecar', schema: task }, input);
  return readDocument(kindOf(discriminated.task), discriminated);
}

/**
 * A sidecar as canonical JSON, checked before it is written.
 *
 * @throws ArtifactError INVALID_DOCUMENT naming every bad field
 */
export function formatSidecar(sidecar: Sidecar): string {
  return writeDocument(kindOf(sidecar.task), sidecar);
}
