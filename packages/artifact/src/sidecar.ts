import * as z from 'zod';
import { MODEL_ID } from './model-id.ts';
import type { EngineName } from '@vqforge/base';
import { type DocumentKind, readDocument, writeDocument } from './document.ts';
import {
  type Augmentation,
  augmentation,
  count,
  digest,
  engineName,
  featureNames,
  finite,
  name,
  type Parity,
  positive,
  type RecipeChoice,
  recipeChoice,
  type Teacher,
  teacher,
  wasmParity,
} from './fields.ts';
import { type RunProvenance, runProvenance } from './run-provenance.ts';

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
  /** What brings a score into `output_range`: the graph, or the program that runs it (as where this is absent). */
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
  /** What RGB in [0, 1] goes through, per channel: (x − mean) / std; by whom, says `input_standardised_by`. */
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

const numbers: z.ZodType<number[]> = z.array(finite);
const bound: z.ZodType<number | null> = finite.nullable();

const base = {
  id: z.string().regex(MODEL_ID),
  kind: z.literal('fr'),
  onnx: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_.-]*\.onnx$/)
    .max(256),
  opset: z.int().min(7).max(21),
  sha256: digest,
  notes: z.string().max(MAX_NOTES),
  input_names: featureNames,
  output_names: featureNames,
  license: z.string().min(1).max(128),
  license_url: z.url().max(512).exactOptional(),
  output_range: z
    .strictObject({ min: bound, max: bound })
    .refine(({ min, max }) => min === null || max === null || min < max, 'expected min below max'),
  input_standardised_by: z.enum(['caller', 'graph']),
  parity: wasmParity,
  run_provenance: runProvenance,
};

const regressor: z.ZodType<RegressorSidecar> = z
  .strictObject({
    ...base,
    task: z.literal('feature_regression'),
    feature_order: featureNames,
    feature_mean: numbers,
    feature_std: z.array(positive),
    feature_min: numbers,
    feature_max: numbers,
    teacher,
    clip: z.enum(['graph', 'runtime']).exactOptional(),
    training: z.strictObject({
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
      target_column: name.exactOptional(),
      augmentation: augmentation.exactOptional(),
    }),
  })
  .superRefine((value, context) => {
    for (const key of ['feature_mean', 'feature_std', 'feature_min', 'feature_max'] as const) {
      if (value[key].length === value.feature_order.length) continue;
      const message = `expected ${value.feature_order.length} numbers, one per feature_order entry, got ${value[key].length}`;
      context.addIssue({ code: 'custom', path: [key], message });
    }
    for (const [index, name] of value.feature_order.entries()) {
      const [min = 0, max = 0] = [value.feature_min[index], value.feature_max[index]];
      if (min <= max) continue;
      context.addIssue({
        code: 'custom',
        path: ['feature_min', index],
        message: `expected at most ${max}, the maximum of ${name}, got ${min}`,
      });
    }
    for (const key of ['feature_min', 'feature_max'] as const) {
      const bounds = value.training.augmentation?.[key];
      if (bounds === undefined || bounds.length === value.feature_order.length) continue;
      const message = `expected ${value.feature_order.length} numbers, one per feature_order entry, got ${bounds.length}`;
      context.addIssue({ code: 'custom', path: ['training', 'augmentation', key], message });
    }
  });

const distance: z.ZodType<DistanceSidecar> = z
  .strictObject({
    ...base,
    task: z.literal('perceptual_distance'),
    network: z.enum(['squeeze', 'alex', 'vgg']),
    lpips_version: name,
    epsilon: positive,
    minimum_side: z.int().positive(),
    input_type: z.enum(['float32', 'uint8']),
    input_range: z
      .strictObject({ min: finite, max: finite })
      .refine(({ min, max }) => min < max, 'expected min below max'),
    channel_mean: numbers.refine((value) => value.length === 3, 'expected 3 numbers'),
    channel_std: z.array(positive).refine((value) => value.length === 3, 'expected 3 numbers'),
    weights: z.record(z.string(), digest),
    weight_sources: z.record(
      z.string(),
      z.strictObject({ name, license: base.license, license_url: base.license_url }),
    ),
  })
  .superRefine(({ weights, weight_sources: sources }, context) => {
    const [roles, described] = [weights, sources].map((value) => Object.keys(value).sort().join(', '));
    if (roles === described) return;
    const message = `expected one source per entry of weights, ${roles}, got ${described}`;
    context.addIssue({ code: 'custom', path: ['weight_sources'], message });
  });

const task: z.ZodType<{ task: Sidecar['task'] }> = z.looseObject({
  task: z.enum(['feature_regression', 'perceptual_distance']),
});

const SCHEMAS: { readonly [T in Sidecar['task']]: z.ZodType<Sidecar> } = {
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
