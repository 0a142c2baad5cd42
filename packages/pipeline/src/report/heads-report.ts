import type { HeadsMetricsDocument, HeadsScores, ScoredSet, TripletSource } from '@vqforge/artifact';
import { publishedScore } from '../bapps/published.ts';
import { markup, type Part } from './markup.ts';
import { count, percent, percentRange, points } from './numbers.ts';
import { factsMarkup, pageText, tableMarkup, type Section, type Tile } from './page.ts';
import { curveChart, scoreChart, type ScoreRow } from './score-charts.ts';

/** The report of a training of LPIPS heads: what it gained on people's judgements, and how it went. */
export function headsReport(id: string, metrics: HeadsMetricsDocument): string {
  const { gate, shipped, dataset, epochs } = metrics;
  return pageText({
    title: id,
    lead: `Heads of LPIPS on ${metrics.network}, v${metrics.lpips_version}, trained on people's choices: ${count(dataset.train.n_triplets)} triplets, ${epochs.length} epochs, engine ${metrics.engine}, seed ${metrics.seed}. Judged on ${count(dataset.validation.n_triplets)} others.`,
    verdict: {
      good: gate.passed,
      text: gate.passed ? (shipped ? 'gate passed · shipped' : 'gate passed · not exported') : 'gate refused',
    },
    tiles: tiles(metrics),
    sections: [gateSection(metrics), scoreSection(metrics), curveSection(metrics), makingSection(metrics)],
  });
}

function tiles({ validation, gate, epochs }: HeadsMetricsDocument): Tile[] {
  const tile = (label: string, { mean }: HeadsScores): Tile => ({
    label,
    value: percent(mean.score),
    detail: `${percentRange(mean)} %`,
  });
  const last = epochs.at(-1);
  return [
    tile('2AFC, trained heads', validation.trained),
    ...(validation.given === null ? [] : [tile('2AFC, given heads', validation.given)]),
    tile('2AFC, no heads', validation.baseline),
    {
      label: `gain over ${reference(gate.against)}`,
      value: gain(gate.difference.score),
      detail: `points, ${gain(gate.difference.low)} to ${gain(gate.difference.high)}`,
    },
    ...(last === undefined
      ? []
      : [
          {
            label: 'loss, last epoch',
            value: points(last.loss, 4),
            detail: `from ${points(epochs[0]?.loss ?? null, 4)}`,
          },
        ]),
  ];
}

function reference(against: string): string {
  return against === 'baseline' ? 'no heads' : 'given heads';
}

/** Percentage points. */
function gain(difference: number): string {
  return `${difference > 0 ? '+' : ''}${points(100 * difference, 2)}`;
}

function gateSection({ gate, shipped }: HeadsMetricsDocument): Section {
  const { low, high, score } = gate.difference;
  return {
    title: 'Gate',
    body: [
      gate.passed
        ? markup`<p><strong class="good">Passed.</strong> On the validation sets the trained heads differ from ${reference(gate.against)} by ${gain(score)} points, 95 % interval ${gain(low)} to ${gain(high)}. The gate refuses heads when all of that interval lies below 0.${shipped ? '' : ' Nothing was exported.'}</p>`
        : markup`<p><strong class="bad">Refused.</strong> Nothing was exported.</p><ul>${gate.reasons.map((reason) => markup`<li>${reason}</li>`)}</ul>`,
    ],
  };
}

function scoreSection({ validation, network }: HeadsMetricsDocument): Section {
  const { trained, given, baseline, start } = validation;
  const of = (scores: HeadsScores | null, set: string): HeadsScores['sets'][number] | undefined =>
    scores?.sets.find((entry) => entry.set === set);
  const rows = trained.sets.map((entry): ScoreRow => {
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
          rows: trained.sets.map((entry) => [
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

function curveSection({ epochs }: HeadsMetricsDocument): Section {
  if (epochs.length === 0) return { title: 'Epochs', body: [markup`<p>No epoch was trained.</p>`] };
  const numbers = epochs.map(({ epoch }) => epoch);
  const values = (key: 'loss' | 'accuracy' | 'validation_accuracy'): number[] =>
    epochs.map((entry) => entry[key]);
  const steps = Math.ceil(epochs.length / 200);
  return {
    title: 'Epochs',
    body: [
      markup`<div class="charts">${curveChart('Loss', numbers, [{ style: 'line', values: values('loss') }], undefined, 'Mean binary cross-entropy of the training triplets, each batch before its step.')}${curveChart(
        'Accuracy',
        numbers,
        [
          { style: 'line', values: values('validation_accuracy') },
          { style: 'line second', values: values('accuracy') },
        ],
        (value) => percent(value),
        'Share of people on the side of the distances. Blue: validation sets, after the epoch. Orange: training triplets, each batch before its step.',
      )}</div>`,
      markup`<details><summary>Numbers of the epochs</summary>${tableMarkup({
        caption: steps > 1 ? `Every ${steps}th epoch` : 'Each epoch',
        head: ['epoch', 'loss', 'accuracy', 'validation'],
        rows: epochs
          .filter((_, at) => at % steps === 0 || at === epochs.length - 1)
          .map(({ epoch, loss, accuracy, validation_accuracy: validation }) => [
            count(epoch),
            points(loss, 6),
            percent(accuracy, 2),
            percent(validation, 2),
          ]),
      })}</details>`,
    ],
  };
}

function makingSection(metrics: HeadsMetricsDocument): Section {
  const { dataset, artifacts } = metrics;
  const code = (value: string): Part => markup`<code>${value}</code>`;
  const part = ({ n_triplets: triplets, skipped, content_digest: digest }: TripletSource): Part =>
    markup`${count(triplets)} triplets${skipped > 0 ? `, ${count(skipped)} left out` : ''}, sha256 ${code(digest)}`;
  return {
    title: 'How it was made',
    body: [
      factsMarkup([
        ['model', metrics.id ?? 'not named, not exported'],
        [
          'engine',
          metrics.reproducible
            ? `${metrics.engine}: the same bytes on every machine`
            : `${metrics.engine}: the bits depend on the CPU`,
        ],
        ['trained on', part(dataset.train)],
        ['judged on', part(dataset.validation)],
        ['heads', markup`sha256 ${code(metrics.heads_digest)}`],
        ...(artifacts === null
          ? []
          : [
              ['ONNX', markup`sha256 ${code(artifacts.onnx)}`] as const,
              ['sidecar', markup`sha256 ${code(artifacts.sidecar)}`] as const,
            ]),
      ]),
    ],
  };
}
