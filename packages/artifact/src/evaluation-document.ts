import * as v from 'valibot';
import { MAX_METRICS_BYTES, readerOf, writeDocument, type DocumentKind, type Reader } from './document.ts';
import { list, looseObject, text } from './schema.ts';
import { count, finite, name, share } from './fields.ts';

/** The field `schema` of an evaluation; documents of before it carry none. */
export const EVALUATION_SCHEMA = 'vqforge/evaluation-v1';

/** A score with its uncertainty. */
interface Score {
  /** In [0, 1], the 2AFC score or the average precision; null where it is not defined. */
  readonly score: number | null;
  /** Why there is no score. */
  readonly reason?: string;
  /** Where 95 % of the scores of resampled items lie. */
  readonly interval: { readonly low: number; readonly high: number } | null;
  /** 2AFC: how often one person goes with another. */
  readonly human?: number;
  /** In the paper's table 5, where the set is the whole one; for heads of version 0.0. */
  readonly published?: number;
  readonly published_human?: number;
}

/** A triplet where most judges see it the other way than the metric. */
export interface Disagreement {
  readonly id: string;
  /** Distances of both patches from the reference. */
  readonly d0: number;
  readonly d1: number;
  /** Share of judges who chose the second patch. */
  readonly judge: number;
}

/** The agreement of a metric with the judgements of one set. */
export interface SetScore extends Score {
  readonly set: string;
  /** Items that were judged. */
  readonly count: number;
  /** Items whose two distances are equal (2AFC), or that share their distance with another (JND). */
  readonly ties: number;
  /** 2AFC: the items where most judges see it the other way and the metric is surest. */
  readonly disagreements?: readonly Disagreement[];
}

/** The mean over some sets, each counting the same. */
export interface MeanScore extends Score {
  readonly mean: string;
  readonly sets?: readonly string[];
}

/** A metric that distances are computed with. */
interface MetricDescription {
  readonly name: string;
  readonly net?: string;
  readonly version?: string;
  /** Id of the ONNX model in the registry, null where none pins it. */
  readonly id?: string | null;
  /** SHA-256 of the ONNX model. */
  readonly sha256?: string;
  readonly engine?: string;
  readonly provider?: string;
  readonly colorspace?: string;
  readonly bug_compatible?: boolean;
}

/** How well a metric agrees with judgements of image patches: what `vqforge evaluate` writes. */
export interface EvaluationDocument {
  readonly schema?: typeof EVALUATION_SCHEMA;
  readonly mode: '2afc' | 'jnd';
  readonly metric: MetricDescription;
  readonly dataset: {
    readonly sha256: string;
    readonly sets?: readonly { readonly set: string; readonly count: number; readonly sha256: string }[];
    readonly resize: 'bilinear' | 'decimate';
    /** Who judged: people, or a rule that a program states; null where the dataset does not say. */
    readonly judged_by?: 'people' | 'rule' | null;
  };
  readonly sets: readonly SetScore[];
  readonly means: readonly MeanScore[];
  /** Items that were left out. */
  readonly damaged: readonly { readonly set: string; readonly id: string; readonly reason: string }[];
  readonly bootstrap: { readonly resamples: number; readonly seed: number; readonly generator?: string };
}

/** BAPPS has six sets. */
const MOST_SETS = 200;

const words = text(4096);
const score = {
  score: v.nullable(share),
  reason: v.exactOptional(words),
  interval: v.nullable(looseObject({ low: share, high: share })),
  human: v.exactOptional(share),
  published: v.exactOptional(share),
  published_human: v.exactOptional(share),
};

const KIND: DocumentKind<EvaluationDocument> = {
  name: 'evaluation',
  limits: { maxBytes: MAX_METRICS_BYTES },
  schema: looseObject({
    schema: v.exactOptional(v.literal(EVALUATION_SCHEMA)),
    mode: v.picklist(['2afc', 'jnd']),
    metric: looseObject({
      name,
      net: v.exactOptional(words),
      version: v.exactOptional(words),
      id: v.exactOptional(v.nullable(words)),
      sha256: v.exactOptional(words),
      engine: v.exactOptional(words),
      provider: v.exactOptional(words),
      colorspace: v.exactOptional(words),
      bug_compatible: v.exactOptional(v.boolean()),
    }),
    dataset: looseObject({
      sha256: words,
      sets: v.exactOptional(list(looseObject({ set: words, count, sha256: words }), 0, MOST_SETS)),
      resize: v.picklist(['bilinear', 'decimate']),
      judged_by: v.exactOptional(v.nullable(v.picklist(['people', 'rule']))),
    }),
    sets: list(
      looseObject({
        ...score,
        set: words,
        count,
        ties: count,
        disagreements: v.exactOptional(
          list(looseObject({ id: words, d0: finite, d1: finite, judge: share }), 0, 1000),
        ),
      }),
      0,
      MOST_SETS,
    ),
    means: list(
      looseObject({ ...score, mean: words, sets: v.exactOptional(list(words, 0, MOST_SETS)) }),
      0,
      MOST_SETS,
    ),
    damaged: list(looseObject({ set: words, id: words, reason: words }), 0, 1_000_000),
    bootstrap: looseObject({ resamples: count, seed: count, generator: v.exactOptional(words) }),
  }),
};

/**
 * Reads an evaluation; fields that it does not know are kept, since later versions may have more.
 *
 * @throws JsonError NOT_JSON | TOO_LARGE; ArtifactError INVALID_DOCUMENT naming every bad field
 */
export const parseEvaluation: Reader<EvaluationDocument> = readerOf(KIND);

/**
 * An evaluation on BAPPS as canonical JSON, checked before it is written.
 *
 * @throws ArtifactError INVALID_DOCUMENT naming every bad field
 */
export function formatEvaluation(evaluation: EvaluationDocument): string {
  return writeDocument(KIND, { schema: EVALUATION_SCHEMA, ...evaluation });
}
