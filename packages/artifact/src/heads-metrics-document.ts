import * as v from 'valibot';
import type { EngineName } from '@vqforge/base';
import { type DocumentKind, type Reader, readerOf, type Writer, writerOf } from './document.ts';
import type { HeadsEpochRecord } from './heads-training-documents.ts';
import { type RunProvenance, runProvenance } from './run-provenance.ts';
import { list, type Schema, strictObject } from './schema.ts';
import {
  count,
  digest,
  engineName,
  finite,
  name,
  nonnegative,
  type Parity,
  positive,
  share,
  wasmParity,
} from './fields.ts';

/** A 2AFC score, or the difference of two, with the interval in which it would lie 19 times of 20. */
export interface ScoredSet {
  readonly score: number;
  readonly low: number;
  readonly high: number;
}

/** Scores of one choice of heads on the validation sets. */
export interface HeadsScores {
  readonly sets: readonly (ScoredSet & { readonly set: string; readonly triplets: number })[];
  /** Mean over sets, as in the paper of LPIPS. */
  readonly mean: ScoredSet;
}

/** One part of a dataset of triplets. */
export interface TripletSource {
  readonly content_digest: string;
  /** Triplets that were used. */
  readonly n_triplets: number;
  /** Damaged, and left out by `--skip-damaged`. */
  readonly skipped: number;
  readonly sets: readonly { readonly set: string; readonly triplets: number }[];
}

/** `runs/<id>/metrics.json` of a training of LPIPS heads: deterministic, and without anything of the machine. */
export interface HeadsMetricsDocument {
  readonly schema: 'vqforge-lpips-training-v1';
  readonly task: 'lpips_heads';
  /** Null where none was asked for. */
  readonly id: string | null;
  readonly network: 'squeeze' | 'alex' | 'vgg';
  readonly lpips_version: string;
  readonly epochs: readonly HeadsEpochRecord[];
  readonly seed: number;
  readonly engine: EngineName;
  /** False for the native engine, whose bits differ between CPU types. */
  readonly reproducible: boolean;
  readonly dataset: { readonly train: TripletSource; readonly validation: TripletSource };
  readonly validation: {
    /** No heads: 2 − 2·cosine of the features, summed over taps. */
    readonly baseline: HeadsScores;
    /** Heads that were given or pulled; null where there are none. */
    readonly given: HeadsScores | null;
    readonly start: HeadsScores;
    readonly trained: HeadsScores;
  };
  readonly gate: {
    readonly passed: boolean;
    readonly reasons: readonly string[];
    /** The other side of the comparison: other heads, or no heads at all. */
    readonly against: 'heads' | 'baseline';
    readonly difference: ScoredSet;
  };
  /** Content digest of the trained heads. */
  readonly heads_digest: string;
  /** True only after the publish committed. */
  readonly shipped: boolean;
  /** The exported graph against the definition, on generated pairs; null when nothing was exported. */
  readonly parity: Parity | null;
  /** The exported graph against the distances that the heads were judged by; null likewise. */
  readonly statistics_parity: {
    readonly max_error: number;
    readonly tolerance: number;
    readonly triplets: number;
  } | null;
  /** Digests of what was published; null when nothing was. */
  readonly artifacts: {
    readonly onnx: string;
    readonly sidecar: string;
    /** Only in documents of earlier versions: it was true until the next publish of any model, and nothing reads it. */
    readonly registry?: string;
  } | null;
  readonly run_provenance: RunProvenance;
}

const scored = { score: share, low: share, high: share };
const setName = { set: name, triplets: count };

const scores: Schema<HeadsScores> = strictObject({
  sets: list(strictObject({ ...scored, ...setName }), 1),
  mean: strictObject(scored),
});

const source: Schema<TripletSource> = strictObject({
  content_digest: digest,
  n_triplets: count,
  skipped: count,
  sets: list(strictObject(setName), 1),
});

const KIND: DocumentKind<HeadsMetricsDocument> = {
  name: 'metrics document of LPIPS heads',
  schema: strictObject({
    schema: v.literal('vqforge-lpips-training-v1'),
    task: v.literal('lpips_heads'),
    id: v.nullable(name),
    network: v.picklist(['squeeze', 'alex', 'vgg']),
    lpips_version: name,
    epochs: v.array(
      strictObject({ epoch: count, loss: finite, accuracy: share, validation_accuracy: share }),
    ),
    seed: count,
    engine: engineName,
    reproducible: v.boolean(),
    dataset: strictObject({ train: source, validation: source }),
    validation: strictObject({ baseline: scores, given: v.nullable(scores), start: scores, trained: scores }),
    gate: strictObject({
      passed: v.boolean(),
      reasons: v.array(v.string()),
      against: v.picklist(['heads', 'baseline']),
      difference: strictObject({ score: finite, low: finite, high: finite }),
    }),
    heads_digest: digest,
    shipped: v.boolean(),
    parity: v.nullable(wasmParity),
    statistics_parity: v.nullable(
      strictObject({ max_error: nonnegative, tolerance: positive, triplets: count }),
    ),
    artifacts: v.nullable(strictObject({ onnx: digest, sidecar: digest, registry: v.exactOptional(digest) })),
    run_provenance: runProvenance,
  }),
};

/**
 * The metrics of a training of LPIPS heads, read from JSON and checked.
 *
 * @throws ArtifactError NOT_JSON | TOO_LARGE | INVALID_DOCUMENT naming every bad field
 */
export const parseHeadsMetrics: Reader<HeadsMetricsDocument> = readerOf(KIND);

/**
 * The metrics of a training of LPIPS heads as canonical JSON.
 *
 * @throws ArtifactError INVALID_DOCUMENT naming every bad field
 */
export const formatHeadsMetrics: Writer<HeadsMetricsDocument> = writerOf(KIND);
