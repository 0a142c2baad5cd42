import { counted } from '@vqforge/base';
import type { EvaluationDocument, MeanScore, SetScore } from '@vqforge/artifact';
import { textTable } from './text-table.ts';

/** An evaluation as a table for the terminal: a row for each set and mean, then what was left out. */
export function evaluationTable(evaluation: EvaluationDocument): string[] {
  const { mode, sets, means, damaged, bootstrap, dataset } = evaluation;
  const isTwoAfc = mode === '2afc';
  const hasPublished = sets.some(({ published }) => published !== undefined);
  const rows = [
    ...sets.map((set) => cellsOf(set.set, String(set.count), set)),
    ...means.map((mean) => cellsOf(mean.mean, '', mean)),
  ];
  const titles = ['', isTwoAfc ? 'triplets' : 'pairs', isTwoAfc ? '2AFC %' : 'AP %', '95 %'];
  if (isTwoAfc) titles.push(dataset.judged_by === 'rule' ? 'rule' : 'human');
  if (hasPublished) titles.push('paper', 'difference');
  const table = [titles, ...rows.map((cells) => cells.slice(0, titles.length))];
  const reasons = sets.flatMap(({ set, reason }) => (reason === undefined ? [] : [`${set}: ${reason}`]));
  return [
    metricLine(evaluation),
    judgesLine(dataset.judged_by),
    ...textTable(table),
    ...reasons,
    `intervals: ${bootstrap.resamples} resamples, seed ${bootstrap.seed}; dataset sha256 ${dataset.sha256}`,
    ...(hasPublished ? ['paper: table 5 of arXiv 1801.03924v2, for heads of version 0.0'] : []),
    ...damagedLines(damaged, isTwoAfc ? 'triplet' : 'pair'),
  ];
}

function judgesLine(judges: EvaluationDocument['dataset']['judged_by']): string {
  if (judges === 'people') return 'judged by people';
  return judges === 'rule'
    ? 'judged by a stated rule, not by people: good for trying things out'
    : 'the dataset does not say who judged; vqforge dataset describe records it';
}

function metricLine({ metric }: EvaluationDocument): string {
  const { name, net, version, id, sha256, engine, provider, colorspace, bug_compatible } = metric;
  if (sha256 === undefined)
    return `${name === 'l2' ? 'L2' : 'DSSIM'} in ${colorspace}${bug_compatible === true ? ', truncated as upstream' : ''}`;
  const kind = name === 'lpips' ? `LPIPS ${version}` : `LPIPS ${version} without heads`;
  return `${kind}, ${net}: ${id ?? 'not registered'}, sha256 ${sha256}, ${engine} on ${provider}`;
}

function cellsOf(name: string, count: string, row: SetScore | MeanScore): string[] {
  const { score, interval, human, published } = row;
  return [
    name,
    count,
    percent(score),
    interval === null ? '–' : `${percent(interval.low)} … ${percent(interval.high)}`,
    ...(human === undefined ? [] : [percent(human)]),
    ...(published === undefined || score === null
      ? ['', '']
      : [percent(published), `${score < published ? '−' : '+'}${percent(Math.abs(score - published))}`]),
  ];
}

function percent(fraction: number | null): string {
  return fraction === null ? '–' : (100 * fraction).toFixed(1);
}

/** How many of them fit a terminal; the JSON has all. */
const SHOWN = 10;

function damagedLines(damaged: EvaluationDocument['damaged'], item: string): string[] {
  if (damaged.length === 0) return [];
  const more = damaged.length > SHOWN ? [`  and ${damaged.length - SHOWN} more`] : [];
  return [
    `left out: ${counted(damaged.length, item)}`,
    ...damaged.slice(0, SHOWN).map(({ set, id, reason }) => `  ${set} ${id}: ${reason}`),
    ...more,
  ];
}
