import type { HeadsScores, ScoredSet } from '@vqforge/artifact';
import { tripletDistances } from '@vqforge/train';
import {
  BOOTSTRAP,
  type Interval,
  interval95,
  mean,
  meansOverSets,
  resampledMeans,
  twoAfcCredits,
} from '@vqforge/bapps';
import type { SetStatistics } from './statistics-pass.ts';

/** Agreement with people, triplet by triplet, set by set. */
type SetCredits = readonly { readonly set: string; readonly credits: Float64Array }[];

/** Agreement of heads with the judgements of triplets, from the statistics of the trunk: 0 to 1 each, set by set. */
export function creditsOf(statistics: SetStatistics, heads: Float32Array): SetCredits {
  const { d0, d1 } = tripletDistances(statistics, heads);
  const credits = twoAfcCredits(d0, d1, statistics.judgements);
  let from = 0;
  return statistics.sets.map(({ set, triplets }) => ({
    set,
    credits: credits.slice(from, (from += triplets)),
  }));
}

/** Mean over sets of the mean over triplets. */
export function meanScore(credits: SetCredits): number {
  return mean(credits.map((entry) => mean(entry.credits)));
}

/** Scores of each set and of their mean, with 95 % intervals over resampled triplets. */
export function headsScores(credits: SetCredits): HeadsScores {
  const resampled = credits.map((entry) => resampledMeans(entry.credits, entry.set, BOOTSTRAP));
  return {
    sets: credits.map((entry, at) => ({
      set: entry.set,
      triplets: entry.credits.length,
      score: mean(entry.credits),
      ...intervalOf(resampled[at] as Float64Array),
    })),
    mean: { score: meanScore(credits), ...intervalOf(meansOverSets(resampled)) },
  };
}

/** By how much one choice of heads is better than another on the same triplets. */
export function scoreDifference(credits: SetCredits, other: SetCredits): ScoredSet {
  const differences = credits.map((entry, at) => ({
    set: entry.set,
    credits: entry.credits.map((credit, triplet) => credit - (other[at]?.credits[triplet] as number)),
  }));
  const { mean: difference } = headsScores(differences);
  return difference;
}

/** Credits are numbers, so there is an interval. */
function intervalOf(resampled: Float64Array): Interval {
  return interval95(resampled) as Interval;
}
