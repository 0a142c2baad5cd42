import type { PooledScores } from '@vqforge/score/pure';
import { element } from './element.ts';
import type { FrameTable } from './frame-table.ts';
import { metricName, shownValue } from './metric-names.ts';
import { renditionMark } from './rendition-colours.ts';

const COLUMNS: readonly (readonly [keyof PooledScores, string])[] = [
  ['mean', 'mean'],
  ['harmonic_mean', 'harmonic'],
  ['min', 'min'],
  ['p1', 'p1'],
  ['p5', 'p5'],
  ['p10', 'p10'],
  ['p50', 'median'],
  ['p90', 'p90'],
  ['p99', 'p99'],
  ['max', 'max'],
];

/** Pooled scores of every metric and rendition: what libvmaf pools, and percentiles. */
export function pooledTable(table: FrameTable): HTMLElement {
  const head = element(
    'tr',
    {},
    element('th', { scope: 'col' }, 'metric'),
    element('th', { scope: 'col' }, 'rendition'),
    ...COLUMNS.map(([, label]) => element('th', { scope: 'col', class: 'number' }, label)),
  );
  const rows = table.metrics.flatMap((metric) =>
    table.renditions.map((name, rendition) => {
      const pooled = table.pooled(metric, rendition);
      const { label, about } = metricName(metric);
      return element(
        'tr',
        { class: rendition === 0 ? 'first' : undefined },
        rendition === 0
          ? element('th', { scope: 'rowgroup', rowspan: table.renditions.length, title: about }, label)
          : '',
        element(
          'th',
          { scope: 'row', class: 'name', title: name },
          element('span', { class: `rendition-${rendition} mark` }, renditionMark(rendition)),
          ` ${name}`,
        ),
        ...COLUMNS.map(([key]) =>
          element('td', { class: 'number' }, shownValue(metric, pooled?.[key] ?? null)),
        ),
      );
    }),
  );
  return element(
    'div',
    { class: 'scroll', role: 'region', 'aria-label': 'Pooled scores', tabindex: 0 },
    element(
      'table',
      {},
      element('caption', { class: 'hidden' }, 'Scores pooled over the frames of each rendition'),
      element('thead', {}, head),
      element('tbody', {}, ...rows),
    ),
  );
}
