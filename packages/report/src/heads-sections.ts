import type { HeadsMetricsDocument, HeadsScores, ScoredSet } from '@vqforge/artifact';
import { publishedScore } from '@vqforge/bapps';
import { markup } from './markup.ts';
import { count, percent, percentRange, points } from './numbers.ts';
import { tableMarkup, type Section } from './page.ts';
import { curveChart, scoreChart, type ScoreRow, type Series } from './score-charts.ts';

/** Sets on a page at most: BAPPS has six. */
const MOST_SETS = 200;
/** Points of a curve, and lines of its table. */
const MOST_EPOCHS = 200;

/** Trained heads beside what there was, by set. */
export function headsScoreSection({ validation, network }: HeadsMetricsDocument): Section {
  const { trained, given, baseline, start } = validation;
  const of = (scores: HeadsScores | null, set: string): HeadsScores['sets'][number] | undefined =>
    scores?.sets.find((entry) => entry.set === set);
  const sets = trained.sets.slice(0, MOST_SETS);
  const rows = sets.map((entry): ScoreRow => {
    const people = publishedScore('2afc', entry.set, entry.triplets, 'human');
    const published = publishedScore('2afc', entry.set, entry.triplets, { name: 'lpips', net: network });
    const before = of(given ?? baseline, entry.set);
    return {
      name: entry.set,
      score: entry.score,
      interval: entry,
      marks: [
        ...(before === undefined ? [] : [{ shape: 'stroke', value: before.score } as const]),
        ...(published === undefined ? [] : [{ shape: 'circle', value: published } as const]),
        ...(people === undefined ? [] : [{ shape: 'square', value: people } as const]),
      ],
    };
  });
  const mean: ScoreRow = {
    name: 'mean',
    score: trained.mean.score,
    interval: trained.mean,
    marks: [{ shape: 'stroke', value: (given ?? baseline).mean.score }],
  };
  const others = [
    ...(given === null ? [] : [['given', given] as const]),
    ['start', start] as const,
    ['no heads', baseline] as const,
  ];
  const cell = (scored: ScoredSet | undefined): string =>
    scored === undefined ? '' : points(100 * scored.score, 2);
  return {
    title: '2AFC on the validation sets',
    body: [
      markup`<div class="beside">${scoreChart('Trained heads, by set', rows.length > 1 ? [...rows, mean] : rows, 0.5, `Bars begin at 50 %, what guessing reaches; thin line: 95 % interval. Stroke: ${given === null ? 'no heads' : 'the given heads'}.${rows.some(({ marks }) => marks.length > 1) ? ' Circle and square: LPIPS and people as published (heads of version 0.0), for whole sets.' : ''}`)}${tableMarkup(
        {
          caption: '2AFC score and its 95 % interval, in per cent',
          head: ['set', 'triplets', 'trained', '95 % interval', ...others.map(([name]) => name)],
          rows: sets.map((entry) => [
            entry.set,
            count(entry.triplets),
            cell(entry),
            percentRange(entry, 2),
            ...others.map(([, scores]) => cell(of(scores, entry.set))),
          ]),
          foot: [
            [
              'mean',
              '',
              cell(trained.mean),
              percentRange(trained.mean, 2),
              ...others.map(([, scores]) => cell(scores.mean)),
            ],
          ],
        },
      )}</div>`,
    ],
  };
}

/** Loss and accuracy along the training. */
export function epochSection({ epochs }: HeadsMetricsDocument): Section {
  if (epochs.length === 0) return { title: 'Epochs', body: [markup`<p>No epoch was trained.</p>`] };
  const step = Math.ceil(epochs.length / MOST_EPOCHS);
  const shown = epochs.filter((_, at) => at % step === 0 || at === epochs.length - 1);
  const numbers = shown.map(({ epoch }) => epoch);
  const curve = (
    key: 'loss' | 'accuracy' | 'validation_accuracy',
    style: 'line' | 'line second',
  ): Series => ({
    style,
    values: shown.map((entry) => entry[key]),
  });
  return {
    title: 'Epochs',
    body: [
      markup`<div class="charts">${curveChart(
        'Loss',
        numbers,
        [curve('loss', 'line')],
        undefined,
        'Mean binary cross-entropy of the training triplets, each batch before its step.',
      )}${curveChart(
        'Accuracy',
        numbers,
        [curve('validation_accuracy', 'line'), curve('accuracy', 'line second')],
        (value) => percent(value),
        'Share of people on the side of the distances. Blue: validation sets, after the epoch. Orange: training triplets, each batch before its step.',
      )}</div>`,
      markup`<details><summary>Numbers of the epochs</summary>${tableMarkup({
        caption: `${shown.length} of ${count(epochs.length)} epochs`,
        head: ['epoch', 'loss', 'accuracy', 'validation'],
        rows: shown.map(({ epoch, loss, accuracy, validation_accuracy: validation }) => [
          count(epoch),
          points(loss, 6),
          percent(accuracy, 2),
          percent(validation, 2),
        ]),
      })}</details>`,
    ],
  };
}
