import type { EvaluationDocument } from '@vqforge/artifact';

/** How a page speaks of those whose judgements a metric is held against. */
export interface Judges {
  /** Agreement with …; … for p1. */
  readonly name: string;
  /** `LPIPS on …`. */
  readonly judgements: string;
  /** `80 % …`, of one side of a triplet. */
  readonly share: string;
  /** Triplets where … the other side. */
  readonly choose: string;
  /** Where … it the other way. */
  readonly see: string;
  /** Beside the mean of their own agreement. */
  readonly detail: string;
}

const PEOPLE: Judges = {
  name: 'people',
  judgements: "people's judgements of BAPPS",
  share: 'of people',
  choose: 'most people choose',
  see: 'people see',
  detail: 'one with another, on the same triplets',
};

const RULE: Judges = {
  name: 'the rule',
  judgements: 'judgements by a stated rule, not by people, in the layout of BAPPS',
  share: 'by the rule',
  choose: 'the rule chooses',
  see: 'the rule sees',
  detail: 'its own votes, on the same triplets',
};

const UNKNOWN: Judges = {
  name: 'the judges',
  judgements: 'judgements in the layout of BAPPS, of which is not recorded who made them',
  share: 'of the judges',
  choose: 'most judges choose',
  see: 'the judges see',
  detail: 'one with another, on the same triplets',
};

/** The words for those who judged a dataset; where it does not say who did, words for that. */
export function judgesOf({ dataset }: Pick<EvaluationDocument, 'dataset'>): Judges {
  if (dataset.judged_by === 'people') return PEOPLE;
  return dataset.judged_by === 'rule' ? RULE : UNKNOWN;
}
