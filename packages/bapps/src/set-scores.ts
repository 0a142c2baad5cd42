import type { Disagreement, MeanScore, SetScore } from '@vqforge/artifact';
import {
  interval95,
  meansOverSets,
  resampledMeans,
  resampledPrecisions,
  type Bootstrap,
} from './bootstrap.ts';
import type { BappsMode } from './layout.ts';
import type { MetricDescription } from './patch-metric.ts';
import { PUBLISHED_SETS, publishedScore } from './published.ts';
import { ascending, averagePrecision, humanCredits, mean, twoAfcCredits } from './scores.ts';

/** The judgements of a metric and of people about the items of a set. */
export interface SetJudgements {
  readonly set: string;
  readonly ids: string[];
  /** For each item the distances of p0 and p1 from the reference, or the one distance between p0 and p1. */
  readonly distances: number[][];
  readonly judgements: number[];
}

/** Disagreements that a document lists: as many as a report shows on one page. */
const DISAGREEMENTS = 8;

interface ResampledSet {
  readonly score: SetScore;
  readonly resampled: Float64Array;
}

/** Scores of sets and their means. */
export function scoreSets(
  mode: BappsMode,
  judged: readonly SetJudgements[],
  metric: MetricDescription,
  bootstrap: Bootstrap,
): { readonly sets: SetScore[]; readonly means: MeanScore[] } {
  const sets = judged.map((set) =>
    mode === '2afc' ? twoAfcSet(set, metric, bootstrap) : jndSet(set, bootstrap),
  );
  return { sets: sets.map(({ score }) => score), means: meansOf(mode, sets) };
}

function twoAfcSet(
  { set, ids, distances, judgements }: SetJudgements,
  metric: MetricDescription,
  bootstrap: Bootstrap,
): ResampledSet {
  const [d0, d1] = [0, 1].map((which) => distances.map((pair) => pair[which] as number)) as [
    number[],
    number[],
  ];
  const credits = twoAfcCredits(d0, d1, judgements);
  const resampled = resampledMeans(credits, `2afc ${set}`, bootstrap);
  const count = ids.length;
  const published = publishedScore('2afc', set, count, metric);
  const publishedHuman = publishedScore('2afc', set, count, 'human');
  return {
    resampled,
    score: {
      set,
      count,
      score: mean(credits),
      interval: interval95(resampled),
      human: mean(humanCredits(judgements)),
      ...(published === undefined ? {} : { published }),
      ...(publishedHuman === undefined ? {} : { published_human: publishedHuman }),
      ties: d0.filter((distance, at) => distance === d1[at]).length,
      disagreements: disagreementsOf(ids, d0, d1, judgements, credits),
    },
  };
}

function jndSet({ set, ids, distances, judgements }: SetJudgements, bootstrap: Bootstrap): ResampledSet {
  const flat = distances.map(([distance]) => distance as number);
  const same = Float64Array.from(ascending(flat), (place) => judgements[place] as number);
  const resampled = resampledPrecisions(same, `jnd ${set}`, bootstrap);
  const score = averagePrecision(same);
  const times = new Map<number, number>();
  for (const distance of flat) times.set(distance, (times.get(distance) ?? 0) + 1);
  return {
    resampled,
    score: {
      set,
      count: ids.length,
      ...(Number.isNaN(score)
        ? { score: null, reason: 'no observer took any pair for the same, so that there is nothing to find' }
        : { score }),
      interval: interval95(resampled),
      ties: flat.filter((distance) => (times.get(distance) as number) > 1).length,
    },
  };
}

/** The lowest credit first; among equals where one distance is the smallest part of the other. */
function disagreementsOf(
  ids: readonly string[],
  d0: readonly number[],
  d1: readonly number[],
  judgements: readonly number[],
  credits: Float64Array,
): Disagreement[] {
  const ratio = (at: number): number =>
    Math.min(d0[at] as number, d1[at] as number) / Math.max(d0[at] as number, d1[at] as number);
  return ids
    .map((id, at) => ({ id, at }))
    .filter(({ at }) => (credits[at] as number) < 0.5)
    .sort((a, b) => (credits[a.at] as number) - (credits[b.at] as number) || ratio(a.at) - ratio(b.at))
    .slice(0, DISAGREEMENTS)
    .map(({ id, at }) => ({
      id,
      d0: d0[at] as number,
      d1: d1[at] as number,
      judge: judgements[at] as number,
    }));
}

/** The paper's means where all their sets are there, else one over what is there; none of a single set. */
function meansOf(mode: BappsMode, sets: readonly ResampledSet[]): MeanScore[] {
  const groups =
    mode === '2afc'
      ? [
          { mean: 'distortions', names: PUBLISHED_SETS.slice(0, 2) },
          { mean: 'real algorithms', names: PUBLISHED_SETS.slice(2) },
        ]
      : [];
  const all = { mean: mode === 'jnd' ? 'mAP' : 'all', names: sets.map(({ score }) => score.set) };
  return [...groups, all].flatMap(({ mean: name, names }) => {
    const members = sets.filter(({ score }) => names.includes(score.set));
    if (members.length < names.length || names.length < 2) return [];
    // the groups add nothing where one of them is all
    if (name !== all.mean && names.length === sets.length) return [];
    return [meanOf(name, members)];
  });
}

function meanOf(name: string, members: readonly ResampledSet[]): MeanScore {
  const scores = members.map(({ score }) => score);
  const undefinedSet = scores.find(({ score }) => score === null);
  const over = (key: 'human' | 'published' | 'published_human'): Partial<MeanScore> => {
    const values = scores.flatMap((score) => score[key] ?? []);
    return values.length < scores.length ? {} : { [key]: mean(values) };
  };
  return {
    mean: name,
    sets: scores.map(({ set }) => set),
    ...(undefinedSet === undefined
      ? {
          score: mean(scores.map(({ score }) => score as number)),
          interval: interval95(meansOverSets(members.map(({ resampled }) => resampled))),
        }
      : { score: null, reason: `${undefinedSet.set} has no score`, interval: null }),
    ...over('human'),
    ...over('published'),
    ...over('published_human'),
  };
}
