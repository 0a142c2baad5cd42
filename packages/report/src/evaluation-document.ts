import {
  count,
  flag,
  list,
  nullable,
  numberFrom,
  object,
  oneOf,
  optional,
  share,
  text,
  type Field,
} from './fields.ts';

interface Scored {
  /** In [0, 1]; null where it is not defined. */
  readonly score: number | null;
  readonly reason: string | undefined;
  readonly interval: { readonly low: number; readonly high: number } | null;
  readonly human: number | undefined;
  readonly published: number | undefined;
  readonly published_human: number | undefined;
}

export interface ScoredSet extends Scored {
  readonly set: string;
  readonly count: number;
  readonly ties: number;
  readonly disagreements:
    | readonly { readonly id: string; readonly d0: number; readonly d1: number; readonly judge: number }[]
    | undefined;
}

export interface ScoredMean extends Scored {
  readonly mean: string;
}

/** What a report reads of an evaluation. */
export interface EvaluationDocument {
  readonly mode: '2afc' | 'jnd';
  readonly metric: {
    readonly name: string;
    readonly net: string | undefined;
    readonly version: string | undefined;
    readonly id: string | null | undefined;
    readonly sha256: string | undefined;
    readonly engine: string | undefined;
    readonly provider: string | undefined;
    readonly colorspace: string | undefined;
    readonly bug_compatible: boolean | undefined;
  };
  readonly dataset: {
    readonly sha256: string;
    readonly resize: 'bilinear' | 'decimate';
    readonly judged_by: 'people' | 'rule' | null | undefined;
  };
  readonly sets: readonly ScoredSet[];
  readonly means: readonly ScoredMean[];
  readonly damaged: readonly { readonly set: string; readonly id: string; readonly reason: string }[];
  readonly bootstrap: { readonly resamples: number; readonly seed: number };
}

/** BAPPS has six sets; whoever has more may still want a report. */
const MOST_SETS = 200;

const finite = numberFrom(-Number.MAX_VALUE, Number.MAX_VALUE);

const scored: { readonly [K in keyof Scored]: Field<Scored[K]> } = {
  score: nullable(share),
  reason: optional(text),
  interval: nullable(object({ low: share, high: share })),
  human: optional(share),
  published: optional(share),
  published_human: optional(share),
};

/** @throws ReportError BAD_METRICS naming the field */
export const readEvaluation: Field<EvaluationDocument> = object<EvaluationDocument>({
  mode: oneOf(['2afc', 'jnd']),
  metric: object({
    name: text,
    net: optional(text),
    version: optional(text),
    id: optional(nullable(text)),
    sha256: optional(text),
    engine: optional(text),
    provider: optional(text),
    colorspace: optional(text),
    bug_compatible: optional(flag),
  }),
  dataset: object({
    sha256: text,
    resize: oneOf(['bilinear', 'decimate']),
    judged_by: optional(nullable(oneOf(['people', 'rule']))),
  }),
  sets: list(
    object<ScoredSet>({
      ...scored,
      set: text,
      count,
      ties: count,
      disagreements: optional(list(object({ id: text, d0: finite, d1: finite, judge: share }), 1000)),
    }),
    MOST_SETS,
  ),
  means: list(object<ScoredMean>({ ...scored, mean: text }), MOST_SETS),
  damaged: list(object({ set: text, id: text, reason: text }), 1_000_000),
  bootstrap: object({ resamples: count, seed: count }),
});
