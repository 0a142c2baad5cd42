import { parseJson } from '@vqforge/base';
import { FeaturesError } from '../errors.ts';
import { invalid, readSupportVectors, type SupportVectors } from './support-vectors.ts';

/** The six features of VMAF v0.6.1, by the names that tables have for them, in the order of the regressor's contract. */
export const TEACHER_FEATURES = [
  'adm2',
  'vif_scale0',
  'vif_scale1',
  'vif_scale2',
  'vif_scale3',
  'motion2',
] as const;

/** Short name of a feature that a teacher scores by. */
export type TeacherFeature = (typeof TEACHER_FEATURES)[number];

/** A polynomial of the score, before it is clipped (libvmaf's `enable_transform`, its phone model). */
export interface ScoreTransform {
  /** Whether the file itself asks for it. */
  readonly isEnabled: boolean;
  /** y = p0 + p1·score + p2·score², accumulated in this order; a coefficient left out adds nothing. */
  readonly coefficients: readonly [p0: number | undefined, p1: number | undefined, p2: number | undefined];
  /** The result is at most, or at least, the score before. */
  readonly isAtMostScore: boolean;
  readonly isAtLeastScore: boolean;
}

/** A libvmaf model file, checked. */
export interface ModelDocument {
  /** In the order of the file. */
  readonly features: readonly TeacherFeature[];
  /** [1 + features]: of the score, then of each feature. */
  readonly slopes: readonly number[];
  readonly intercepts: readonly number[];
  readonly machine: SupportVectors;
  readonly clip: readonly [low: number, high: number] | undefined;
  readonly transform: ScoreTransform | undefined;
  /** Limits of the enhancement gain with which the features are measured; 100 unless the file says so. */
  readonly gainLimits: { readonly adm: number; readonly vif: number };
}

/** libvmaf's models are 20 kB to 2 MB. */
const MAX_BYTES = 2 ** 24;
const NO_GAIN_LIMIT = 100;
const FEATURE_NAME = /^VMAF_integer_feature_(\w+)_score$/;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads a model file of libvmaf (JSON) that predicts from the six features of VMAF v0.6.1. All that prediction uses is below
 * `model_dict`; `param_dict` is not read.
 *
 * @throws FeaturesError INVALID_MODEL for what is no such document; UNSUPPORTED_MODEL, by name, for a model of other features,
 * of another type, or whose features are measured with options other than the enhancement gain limits
 */
export function readModelDocument(bytes: Uint8Array, name: string): ModelDocument {
  const model = fieldsOf(field(documentOf(bytes, name), 'model_dict'), 'model_dict', name);
  requireText(model, 'model_type', 'LIBSVMNUSVR', name);
  requireText(model, 'norm_type', 'linear_rescale', name);
  const features = featuresOf(model, name);
  const slopes = numbersOf(model, 'slopes', features.length + 1, name);
  if (slopes[0] === 0) throw invalid(name, 'has slope 0 for the score, expected another number');
  const text = field(model, 'model');
  if (typeof text !== 'string') throw invalid(name, 'has no text as model_dict.model');
  if (field(model, 'chroma_correction_parameter') !== undefined)
    throw unsupported(name, 'corrects its score by chroma, expected a model of luma alone');
  return {
    features,
    slopes,
    intercepts: numbersOf(model, 'intercepts', features.length + 1, name),
    machine: readSupportVectors(text, features.length, name),
    clip: clipOf(model, name),
    transform: transformOf(model, name),
    gainLimits: gainLimitsOf(model, features, name),
  };
}

function documentOf(bytes: Uint8Array, name: string): Fields {
  try {
    return fieldsOf(parseJson(bytes, { maxBytes: MAX_BYTES, maxDepth: 16 }, name), 'the document', name);
  } catch (cause) {
    if (cause instanceof FeaturesError) throw cause;
    throw new FeaturesError('INVALID_MODEL', (cause as Error).message, { cause });
  }
}

function featuresOf(model: Fields, name: string): TeacherFeature[] {
  const names = field(model, 'feature_names');
  if (!Array.isArray(names) || names.length === 0) throw invalid(name, 'has no list feature_names');
  const short = names.map((given) => FEATURE_NAME.exec(String(given))?.[1]);
  const isKnown = (feature: string | undefined): feature is TeacherFeature =>
    (TEACHER_FEATURES as readonly (string | undefined)[]).includes(feature);
  const others = names.filter((_, i) => !isKnown(short[i])).map((given) => String(given).slice(0, 80));
  if (others.length > 0)
    throw unsupported(
      name,
      `needs ${others.slice(0, 8).join(', ')}, expected only the integer features ${TEACHER_FEATURES.join(', ')}`,
    );
  if (new Set(short).size !== short.length)
    throw invalid(name, 'names a feature twice, expected each of its features once');
  return short.filter(isKnown);
}

/** Options that change what the features are; a teacher is fed with features measured in the same way. */
function gainLimitsOf(
  model: Fields,
  features: readonly TeacherFeature[],
  name: string,
): ModelDocument['gainLimits'] {
  const given = field(model, 'feature_opts_dicts');
  if (given === undefined) return { adm: NO_GAIN_LIMIT, vif: NO_GAIN_LIMIT };
  if (!Array.isArray(given) || given.length !== features.length)
    throw invalid(name, `has feature_opts_dicts that do not list ${features.length} features`);
  const limits: Record<'adm' | 'vif', Set<number>> = { adm: new Set(), vif: new Set() };
  for (const [i, feature] of features.entries()) {
    const options = fieldsOf(given[i], `feature_opts_dicts[${i}]`, name);
    const family = feature === 'adm2' ? 'adm' : feature === 'motion2' ? undefined : 'vif';
    const key = family === undefined ? undefined : `${family}_enhn_gain_limit`;
    const other = Object.keys(options).find((option) => option !== key);
    if (other !== undefined)
      throw unsupported(
        name,
        `measures ${feature} with the option ${other.slice(0, 40)}, expected ${key ?? 'none'}`,
      );
    if (family === undefined) continue;
    const limit = Object.hasOwn(options, key as string) ? options[key as string] : NO_GAIN_LIMIT;
    if (typeof limit !== 'number' || limit < 1 || limit > NO_GAIN_LIMIT)
      throw invalid(name, `has a ${key} that is not a number from 1 to ${NO_GAIN_LIMIT}`);
    limits[family].add(limit);
  }
  const only = (family: 'adm' | 'vif'): number => {
    if (limits[family].size > 1) throw unsupported(name, `has several limits of the gain of ${family}`);
    return [...limits[family]][0] ?? NO_GAIN_LIMIT;
  };
  return { adm: only('adm'), vif: only('vif') };
}

function clipOf(model: Fields, name: string): ModelDocument['clip'] {
  const given = field(model, 'score_clip');
  if (given === undefined || given === null) return undefined;
  const [low = 0, high = 0] = numbersOf(model, 'score_clip', 2, name);
  if (low >= high)
    throw invalid(name, `clips from ${low} to ${high}, expected two bounds in ascending order`);
  return [low, high];
}

function transformOf(model: Fields, name: string): ScoreTransform | undefined {
  const given = field(model, 'score_transform');
  if (given === undefined || given === null) return undefined;
  const transform = fieldsOf(given, 'score_transform', name);
  const coefficient = (key: string): number | undefined => {
    const value = field(transform, key) ?? undefined;
    if (value !== undefined && typeof value !== 'number')
      throw invalid(name, `has a score_transform.${key} that is no number`);
    return value;
  };
  return {
    isEnabled: field(transform, 'enabled') === true,
    coefficients: [coefficient('p0'), coefficient('p1'), coefficient('p2')],
    isAtMostScore: field(transform, 'out_lte_in') === 'true',
    isAtLeastScore: field(transform, 'out_gte_in') === 'true',
  };
}

function field(fields: Fields, key: string): unknown {
  return Object.hasOwn(fields, key) ? fields[key] : undefined;
}

function fieldsOf(value: unknown, what: string, name: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid(name, `has no object as ${what}`);
  return value as Fields;
}

function requireText(model: Fields, key: string, expected: string, name: string): void {
  const found = field(model, key);
  if (typeof found !== 'string') throw invalid(name, `has no text as model_dict.${key}`);
  if (found !== expected) throw unsupported(name, `has ${key} ${found.slice(0, 40)}, expected ${expected}`);
}

function numbersOf(model: Fields, key: string, length: number, name: string): readonly number[] {
  const values = field(model, key);
  if (!Array.isArray(values) || values.length !== length || values.some((value) => typeof value !== 'number'))
    throw invalid(name, `has model_dict.${key} that are not ${length} numbers`);
  return values as number[];
}

function unsupported(name: string, problem: string): FeaturesError {
  return new FeaturesError('UNSUPPORTED_MODEL', `${name} ${problem}`);
}
