import type { EvaluationDocument, MeanScore, SetScore } from '@vqforge/artifact';
import { judgesOf } from './judges.ts';
import { markup } from './markup.ts';
import { count, percentRange, points } from './numbers.ts';
import { tableMarkup, type Section } from './page.ts';
import { scoreChart, type ScoreRow } from './score-charts.ts';

type Scored = SetScore | MeanScore;

/** How either kind of judgement is spoken of. */
const WORDS = {
  '2afc': {
    title: '2AFC score',
    items: 'triplets',
    caption: (who: string) => `2AFC score: the share of ${who} on the side of the metric, in per cent`,
    /** What guessing reaches. */
    floor: 0.5,
    chart: (who: string) =>
      `Bars begin at 50 %, what guessing reaches; thin line: 95 % interval. Stroke: ${who} on these triplets, one with another.`,
  },
  jnd: {
    title: 'Average precision',
    items: 'pairs',
    caption: () => 'Average precision of finding the pairs that look the same, in per cent',
    floor: 0,
    chart: () => 'Bar: average precision; thin line: 95 % interval.',
  },
};

/** Said where a set is a whole one of BAPPS. */
const PUBLISHED = {
  chart: ' Circle and square: metric and people as published.',
  note: ' The published scores are those of table 5 of Zhang et al. 2018, for heads of version 0.0; they stand beside whole sets only.',
};

const PUBLISHED_COLUMNS = [
  { head: 'published', key: 'published' },
  { head: 'published people', key: 'published_human' },
] as const;

/** Scores by set, their means, and what stands beside them. */
export function scoreSection(evaluation: EvaluationDocument): Section {
  const { mode, sets, means, bootstrap } = evaluation;
  const judges = judgesOf(evaluation);
  const words = WORDS[mode];
  const rows = [
    ...sets.map((score) => barOf(score.set, score)),
    ...means.map((score) => barOf(score.mean, score)),
  ];
  const reasons = [...sets, ...means].flatMap(({ reason }) =>
    reason === undefined ? [] : markup`<li>${reason}</li>`,
  );
  const published = sets.some((set) => set.published !== undefined || set.published_human !== undefined)
    ? PUBLISHED
    : { chart: '', note: '' };
  const legend = words.chart(judges.name) + published.chart;
  const chart = scoreChart(`Agreement with ${judges.name}, by set`, rows, words.floor, legend);
  const beside = [
    ...(mode === '2afc' ? [{ head: judges.name, key: 'human' } as const] : []),
    ...(published === PUBLISHED ? PUBLISHED_COLUMNS : []),
  ];
  const cells = (scored: Scored): string[] => [
    shareCell(scored.score),
    scored.interval === null ? '' : percentRange(scored.interval, 2),
    ...beside.map(({ key }) => shareCell(scored[key])),
  ];
  const table = tableMarkup({
    caption: words.caption(judges.name),
    head: ['set', words.items, 'tied', 'score', '95 % interval', ...beside.map(({ head }) => head)],
    rows: sets.map((set) => [set.set, count(set.count), count(set.ties), ...cells(set)]),
    foot: means.map((score) => [`mean: ${score.mean}`, '', '', ...cells(score)]),
  });
  return {
    title: words.title,
    body: [
      markup`<div class="beside">${chart}${table}</div>`,
      reasons.length === 0 ? '' : markup`<ul>${reasons}</ul>`,
      markup`<p class="note">Intervals: the middle 95 % over ${count(bootstrap.resamples)} resamples of the ${words.items} of each set, with replacement. Means count each set the same.${published.note}</p>`,
    ],
  };
}

function barOf(
  name: string,
  { score, interval, human, published, published_human: publishedHuman }: Scored,
): ScoreRow {
  return {
    name,
    score,
    interval,
    marks: [
      ...(human === undefined ? [] : [{ shape: 'stroke', value: human } as const]),
      ...(published === undefined ? [] : [{ shape: 'circle', value: published } as const]),
      ...(publishedHuman === undefined ? [] : [{ shape: 'square', value: publishedHuman } as const]),
    ],
  };
}

function shareCell(share: number | null | undefined): string {
  return share === undefined ? '' : points(share === null ? null : 100 * share, 2);
}
