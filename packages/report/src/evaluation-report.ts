import type { EvaluationDocument } from '@vqforge/artifact';
import { scoreSection } from './evaluation-scores.ts';
import { judgesOf } from './judges.ts';
import { markup, type Part } from './markup.ts';
import { count, percent, percentRange } from './numbers.ts';
import { factsMarkup, pageText, tableMarkup, type Section, type Tile } from './page.ts';
import { tripletMarkup } from './pictures.ts';
import type { Disagreeing, PatchTriplet } from './triplet-files.ts';

/** Triplets with pictures: each adds 50 kB to the page. */
const MOST_PICTURES = 12;

/** The disagreements to show: the first of each set, then the second, until there are enough. */
export function shownDisagreements({ sets }: EvaluationDocument): Disagreeing[] {
  const ranked = sets.flatMap(({ set, disagreements = [] }) =>
    disagreements.map((triplet, rank) => ({ rank, triplet: { ...triplet, set } })),
  );
  return ranked
    .sort((a, b) => a.rank - b.rank)
    .slice(0, MOST_PICTURES)
    .map(({ triplet }) => triplet);
}

/** The report of an evaluation on judgements, of people or of a rule. @param triplets with pictures; undefined without the dataset */
export function evaluationReport(
  id: string,
  evaluation: EvaluationDocument,
  triplets: readonly PatchTriplet[] | undefined,
): string {
  const { mode, sets } = evaluation;
  const items = mode === '2afc' ? 'triplets' : 'pairs';
  const total = sets.reduce((sum, set) => sum + set.count, 0);
  return pageText({
    title: id,
    lead: `${metricName(evaluation)} on ${judgesOf(evaluation).judgements}: ${mode === '2afc' ? 'two-alternative forced choice' : 'just noticeable differences'}, ${count(total)} ${items} in ${sets.length} set${sets.length === 1 ? '' : 's'}.`,
    tiles: tiles(evaluation),
    sections: [
      scoreSection(evaluation),
      ...(mode === '2afc' ? [disagreementSection(evaluation, triplets)] : []),
      makingSection(evaluation),
    ],
  });
}

function metricName({ metric }: EvaluationDocument): string {
  const words = [metric.net, metric.name, metric.version === undefined ? undefined : `v${metric.version}`];
  return words.filter((word) => word !== undefined).join(' ');
}

/** The means, or the sets where nothing was averaged, and people where all is averaged. */
function tiles(evaluation: EvaluationDocument): Tile[] {
  const { mode, sets, means } = evaluation;
  const judges = judgesOf(evaluation);
  const shown = means.length > 0 ? means : sets;
  const people = shown.at(-1)?.human;
  return [
    ...shown.slice(0, 6).map((scored) => ({
      label: 'mean' in scored ? `${mode === '2afc' ? '2AFC, ' : ''}${scored.mean}` : scored.set,
      value: percent(scored.score),
      detail: scored.interval === null ? '' : `${percentRange(scored.interval)} %`,
    })),
    ...(people === undefined ? [] : [{ label: judges.name, value: percent(people), detail: judges.detail }]),
  ];
}

function disagreementSection(
  evaluation: EvaluationDocument,
  triplets: readonly PatchTriplet[] | undefined,
): Section {
  const shown = shownDisagreements(evaluation);
  const judges = judgesOf(evaluation);
  const pictures =
    triplets === undefined
      ? tableMarkup({
          caption: `Largest disagreements with ${judges.name}`,
          head: ['triplet', 'set', 'distance of p0', 'distance of p1', `${judges.name} for p1`],
          rows: shown.map(({ id, set, d0, d1, judge }) => [
            id,
            set,
            String(Number(d0.toPrecision(4))),
            String(Number(d1.toPrecision(4))),
            percent(judge, 0),
          ]),
        })
      : markup`<div class="charts">${triplets.map((triplet) => tripletMarkup(triplet, judges))}</div>`;
  return {
    title: `Where ${judges.see} it the other way`,
    body: [
      markup`<p class="note">${shown.length === 0 ? `There is no triplet where ${judges.choose} the other side.` : `${shown.length} triplets where ${judges.choose} the other side and the metric is surest, the first of each set before the second. The smaller distance is the metric's choice.${triplets === undefined ? ' With --dataset the report shows them.' : ''}`}</p>`,
      shown.length === 0 ? '' : pictures,
    ],
  };
}

function makingSection({ metric, dataset, damaged, bootstrap }: EvaluationDocument): Section {
  const code = (value: string): Part => markup`<code>${value}</code>`;
  return {
    title: 'How it was made',
    body: [
      factsMarkup([
        [
          'metric',
          [metric.name, metric.net, metric.version, metric.colorspace]
            .filter((word) => word !== undefined)
            .join(', '),
        ],
        ...(metric.sha256 === undefined
          ? []
          : [['ONNX', markup`${metric.id ?? 'not in a registry'}, sha256 ${code(metric.sha256)}`] as const]),
        ...(metric.engine === undefined
          ? []
          : [
              [
                'engine',
                `${metric.engine}${metric.provider === undefined ? '' : `, ${metric.provider}`}`,
              ] as const,
            ]),
        ...(metric.bug_compatible === true
          ? [['pixels', 'truncated as upstream does (--bug-compatible)'] as const]
          : []),
        ['judged by', dataset.judged_by ?? 'not recorded'],
        ['dataset', markup`resized ${dataset.resize}, sha256 ${code(dataset.sha256)}`],
        ['bootstrap', `${count(bootstrap.resamples)} resamples, seed ${bootstrap.seed}`],
        ...(damaged.length === 0
          ? []
          : [['left out', `${count(damaged.length)} damaged or incomplete`] as const]),
      ]),
      damaged.length === 0
        ? ''
        : tableMarkup({
            caption: `Left out${damaged.length > 50 ? `, the first 50 of ${count(damaged.length)}` : ''}`,
            head: ['item', 'set', 'why'],
            rows: damaged.slice(0, 50).map(({ id, set, reason }) => [id, set, reason]),
          }),
    ],
  };
}
