import { element } from './element.ts';
import type { FrameTable } from './frame-table.ts';
import { metricName, shownValue } from './metric-names.ts';
import { renditionMark } from './rendition-colours.ts';

/** The first thing to know of a run: each rendition's mean of the metric that is shown, and its worst frames. */
export function scoreTiles(table: FrameTable, metric: string): HTMLElement[] {
  const { isLowerBetter } = metricName(metric);
  return table.renditions.map((name, rendition) => {
    const pooled = table.pooled(metric, rendition);
    const [tail, worst] = isLowerBetter ? (['p99', pooled?.max] as const) : (['p1', pooled?.min] as const);
    return element(
      'div',
      { class: 'tile' },
      element(
        'span',
        { class: 'tile-name', title: name },
        element('span', { class: `mark rendition-${rendition}` }, renditionMark(rendition)),
        ` ${name}`,
      ),
      element('span', { class: 'tile-value' }, shownValue(metric, pooled?.mean ?? null)),
      element(
        'span',
        { class: 'tile-rest' },
        `${tail} ${shownValue(metric, pooled?.[tail] ?? null)} · worst ${shownValue(metric, worst ?? null)}`,
      ),
    );
  });
}
