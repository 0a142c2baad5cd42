import { ENGINE_NAMES, SHA256_PATTERN, type EngineName, type Json } from '@vqforge/base';
import * as v from 'valibot';
import {
  distinct,
  json,
  list,
  matching,
  numberWithin,
  record,
  strictObject,
  text,
  type Schema,
} from './schema.ts';

/** Neither absolute (POSIX, drive letter, UNC, home) nor climbing out of the repository. */
export function isPortablePath(path: string): boolean {
  return !/^[/\\~]|^[A-Za-z]:|^file:|\0/.test(path) && !path.split(/[/\\]/).includes('..');
}

/** Ids of models in registries and documents: at most 64 small letters, digits, `_` and `-`, a letter or digit first. */
export const MODEL_ID: RegExp = /^[a-z0-9][a-z0-9_-]{0,63}$/;

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
  /** The items compared: rows of the feature table, or image pairs. */
  readonly unit: 'rows' | 'pairs';
  readonly n: number;
}

export const digest: Schema<string> = matching(SHA256_PATTERN, '64 lowercase hex digits');
export const integer: Schema<number> = v.pipe(v.number(), v.safeInteger('expected an integer'));
export const count: Schema<number> = v.pipe(integer, v.minValue(0));
export const finite: Schema<number> = v.pipe(v.number(), v.finite('expected a finite number'));
export const nonnegative: Schema<number> = v.pipe(finite, v.minValue(0));
export const share: Schema<number> = numberWithin(0, 1);
export const positive: Schema<number> = v.pipe(finite, v.gtValue(0));
export const name: Schema<string> = text(256, 1);
/** Schema of a path that means the same on every machine. @param start the folder that it is relative to, for messages */
export function relativePath(start: string): Schema<string> {
  return v.pipe(text(4096, 1), v.check(isPortablePath, `expected a path relative to ${start}`));
}
/** A table of more than 4096 feature columns is not a feature table. */
export const featureNames: Schema<string[]> = v.pipe(list(name, 1, 4096), distinct(String));
/** lusoris/vmaf's registry schema allows these opsets. */
export const opset: Schema<number> = v.pipe(integer, v.minValue(7), v.maxValue(21));
export const modelId: Schema<string> = matching(
  MODEL_ID,
  'small letters, digits, _ and -, a letter or digit first',
  64,
);

export const engineName: Schema<EngineName> = v.picklist(ENGINE_NAMES);
export const recipeChoice: Schema<RecipeChoice> = strictObject({
  name,
  overrides: record(json),
});
export const teacher: Schema<Teacher> = strictObject({ column: name, model: v.nullable(name) });

export const augmentation: Schema<Augmentation> = strictObject({
  dataset: name,
  dataset_digest: digest,
  n_rows: count,
  rows_left_out: count,
  feature_min: v.array(finite),
  feature_max: v.array(finite),
});

const parityFields = {
  max_abs_error: nonnegative,
  tolerance: positive,
  unit: v.picklist(['rows', 'pairs']),
  n: count,
};

export const wasmParity: Schema<Parity> = strictObject({ ...parityFields, engine: v.literal('wasm') });
export const nativeParity: Schema<Parity<'native'>> = strictObject({
  ...parityFields,
  engine: v.literal('native'),
});
