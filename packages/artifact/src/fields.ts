import * as z from 'zod';
import { ENGINE_NAMES, type EngineName, type Json, SHA256_PATTERN } from '@vqforge/base';

/** A named recipe and the flags given over it. */
export interface RecipeChoice {
  readonly name: string;
  readonly overrides: Readonly<Record<string, Json>>;
}

/** Which column taught the regressor, and which model filled it; null when the table does not say. */
export interface Teacher {
  readonly column: string;
  readonly model: string | null;
}

/** Teacher probes that joined the training rows of a regressor, and what left them because of the probes. */
export interface Augmentation {
  /** Id of the table of probes, by its manifest. */
  readonly dataset: string;
  readonly dataset_digest: string;
  readonly n_rows: number;
  /** Rows of the feature table at a bound of the teacher that left training: without unclipped scores their targets are not known. */
  readonly rows_left_out: number;
  /** Extremes of the probes, per feature of `feature_order`. */
  readonly feature_min: readonly number[];
  readonly feature_max: readonly number[];
}

/** The exported file against the model it came from. */
export interface Parity<Engine extends EngineName = 'wasm'> {
  readonly engine: Engine;
  readonly max_abs_error: number;
  readonly tolerance: number;
  /** What was compared: rows of the feature table, or image pairs. */
  readonly unit: 'rows' | 'pairs';
  readonly n: number;
}

export const digest: z.ZodType<string> = z.string().regex(SHA256_PATTERN, 'expected 64 lowercase hex digits');
export const count: z.ZodType<number> = z.int().nonnegative();
export const finite: z.ZodType<number> = z.number();
export const positive: z.ZodType<number> = z.number().positive();
export const name: z.ZodType<string> = z.string().min(1).max(256);
/** A table of more than 4096 feature columns is not a feature table. */
export const featureNames: z.ZodType<string[]> = z
  .array(name)
  .min(1)
  .max(4096)
  .refine((names) => new Set(names).size === names.length, 'expected distinct names');
export const json: z.ZodType<Json> = z.json();

export const engineName: z.ZodType<EngineName> = z.enum(ENGINE_NAMES);
export const recipeChoice: z.ZodType<RecipeChoice> = z.strictObject({
  name,
  overrides: z.record(z.string(), json),
});
export const teacher: z.ZodType<Teacher> = z.strictObject({ column: name, model: name.nullable() });

export const augmentation: z.ZodType<Augmentation> = z.strictObject({
  dataset: name,
  dataset_digest: digest,
  n_rows: count,
  rows_left_out: count,
  feature_min: z.array(finite),
  feature_max: z.array(finite),
});

const parityFields = {
  max_abs_error: z.number().nonnegative(),
  tolerance: positive,
  unit: z.enum(['rows', 'pairs']),
  n: count,
};

export const wasmParity: z.ZodType<Parity> = z.strictObject({ ...parityFields, engine: z.literal('wasm') });
export const nativeParity: z.ZodType<Parity<'native'>> = z.strictObject({
  ...parityFields,
  engine: z.literal('native'),
});
