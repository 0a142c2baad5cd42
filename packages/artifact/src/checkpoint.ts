import * as v from 'valibot';
import { canonicalJson, type EngineName } from '@vqforge/base';
import { type DocumentKind, invalidDocument, readDocument } from './document.ts';
import { decodeFloat32, encodeFloat32 } from './float32-base64.ts';
import { list, type Schema, strictObject } from './schema.ts';
import {
  count,
  digest,
  engineName,
  featureNames,
  finite,
  positive,
  type RecipeChoice,
  recipeChoice,
} from './fields.ts';

/** Per column: (x − mean) / scale, float64; scale is the population standard deviation, or 1 when constant. */
export interface Standardisation {
  readonly mean: readonly number[];
  readonly scale: readonly number[];
}

/** float32 tensors in row-major order; W is [outputs, inputs] as in torch.nn.Linear. */
export interface RegressorParameters {
  /** [64, F] */
  readonly W1: Float32Array;
  /** [64] */
  readonly b1: Float32Array;
  /** [64, 64] */
  readonly W2: Float32Array;
  /** [64] */
  readonly b2: Float32Array;
  /** [1, 64] */
  readonly W3: Float32Array;
  /** [1] */
  readonly b3: Float32Array;
}

/** Saved parameters of the fusion regressor and everything that is needed to export them. */
export interface Checkpoint {
  readonly featureOrder: readonly string[];
  readonly standardisation: Standardisation;
  /** Network output × scale + mean = VMAF points; {0, 1} when the recipe trains on raw targets. */
  readonly targetStandardisation: { readonly mean: number; readonly scale: number };
  readonly parameters: RegressorParameters;
  readonly recipe: RecipeChoice;
  readonly engine: EngineName;
  readonly seed: number;
  /** Content digest of the feature table. */
  readonly tableDigest: string;
}

/** Hidden width of the fixed architecture. */
const HIDDEN = 64;

/** Tensor shapes of the fixed architecture for `featureCount` inputs, in file order. */
export function regressorDims(featureCount: number): Record<ParameterName, readonly number[]> {
  return {
    W1: [HIDDEN, featureCount],
    b1: [HIDDEN],
    W2: [HIDDEN, HIDDEN],
    b2: [HIDDEN],
    W3: [1, HIDDEN],
    b3: [1],
  };
}

type ParameterName = keyof RegressorParameters;

function parametersBy<T>(value: (name: ParameterName) => T): Record<ParameterName, T> {
  return {
    W1: value('W1'),
    b1: value('b1'),
    W2: value('W2'),
    b2: value('b2'),
    W3: value('W3'),
    b3: value('b3'),
  };
}

interface TensorDocument {
  readonly dims: readonly number[];
  readonly float32_base64: string;
}

interface CheckpointDocument {
  readonly schema: 'vqforge-checkpoint-v1';
  readonly feature_order: readonly string[];
  readonly feature_mean: readonly number[];
  readonly feature_std: readonly number[];
  readonly target_mean: number;
  readonly target_std: number;
  readonly parameters: Readonly<Record<ParameterName, TensorDocument>>;
  readonly recipe: RecipeChoice;
  readonly engine: EngineName;
  readonly seed: number;
  readonly table_digest: string;
}

const tensor: Schema<TensorDocument> = strictObject({
  dims: list(count, 0, 2),
  float32_base64: v.string(),
});

const KIND: DocumentKind<CheckpointDocument> = {
  name: 'checkpoint',
  // 4096 features × 64 × 4 bytes as base64 is 1.4 MB
  limits: { maxBytes: 4 * 1_048_576 },
  schema: v.pipe(
    strictObject({
      schema: v.literal('vqforge-checkpoint-v1'),
      feature_order: featureNames,
      feature_mean: v.array(finite),
      feature_std: v.array(positive),
      target_mean: finite,
      target_std: positive,
      parameters: strictObject(parametersBy(() => tensor)),
      recipe: recipeChoice,
      engine: engineName,
      seed: count,
      table_digest: digest,
    }),
    v.check(
      ({ feature_order, feature_mean, feature_std }) =>
        feature_mean.length === feature_order.length && feature_std.length === feature_order.length,
      'expected one feature_mean and one feature_std per feature_order entry',
    ),
  ),
};

/**
 * Read `runs/<id>/checkpoint.json`.
 *
 * @throws ArtifactError NOT_JSON | TOO_LARGE | INVALID_DOCUMENT naming every bad field
 */
export function parseCheckpoint(input: unknown): Checkpoint {
  const document = readDocument(KIND, input);
  const problems: string[] = [];
  const dims = regressorDims(document.feature_order.length);
  const parameters = parametersBy((key) => {
    const values = readTensor(document.parameters[key], dims[key]);
    if (typeof values !== 'string') return values;
    problems.push(`parameters.${key}: ${values}`);
    return new Float32Array();
  });
  if (problems.length > 0) throw invalidDocument(KIND.name, problems);
  return {
    featureOrder: document.feature_order,
    standardisation: { mean: document.feature_mean, scale: document.feature_std },
    targetStandardisation: { mean: document.target_mean, scale: document.target_std },
    parameters,
    recipe: document.recipe,
    engine: document.engine,
    seed: document.seed,
    tableDigest: document.table_digest,
  };
}

/**
 * A checkpoint as canonical JSON, checked before it is written.
 *
 * @throws ArtifactError INVALID_DOCUMENT on a bad field, a wrong tensor length or a non-finite parameter
 */
export function formatCheckpoint(checkpoint: Checkpoint): string {
  const dims = regressorDims(checkpoint.featureOrder.length);
  const document: CheckpointDocument = {
    schema: 'vqforge-checkpoint-v1',
    feature_order: checkpoint.featureOrder,
    feature_mean: [...checkpoint.standardisation.mean],
    feature_std: [...checkpoint.standardisation.scale],
    target_mean: checkpoint.targetStandardisation.mean,
    target_std: checkpoint.targetStandardisation.scale,
    parameters: parametersBy((key) => ({
      dims: dims[key],
      float32_base64: encodeFloat32(checkpoint.parameters[key]),
    })),
    recipe: checkpoint.recipe,
    engine: checkpoint.engine,
    seed: checkpoint.seed,
    table_digest: checkpoint.tableDigest,
  };
  parseCheckpoint(document);
  return canonicalJson(document);
}

function readTensor(tensorDocument: TensorDocument, dims: readonly number[]): Float32Array | string {
  if (tensorDocument.dims.join() !== dims.join()) {
    return `expected dims [${dims.join(', ')}], got [${tensorDocument.dims.join(', ')}]`;
  }
  const length = dims.reduce((product, dim) => product * dim, 1);
  return (
    decodeFloat32(tensorDocument.float32_base64, length) ??
    `expected base64 of ${length} finite little-endian float32`
  );
}
