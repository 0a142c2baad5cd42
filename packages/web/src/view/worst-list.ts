import { button, element } from './element.ts';
import type { FrameTable } from './frame-table.ts';
import { shownValue } from './metric-names.ts';
import { renditionMark } from './rendition-colours.ts';
import { worstFrames } from './worst-frames.ts';

/** The list, each frame a button that goes there. */
export function worstList(
  table: FrameTable,
  metric: string,
  choose: (frame: number, rendition: number) => void,
): HTMLElement {
  const items = worstFrames(table, metric).map(({ frame, rendition, value }) =>
    worstItem(frame, rendition, shownValue(metric, value), () => choose(frame, rendition)),
  );
  return element('ol', { class: 'worst-list' }, ...items);
}

function worstItem(frame: number, rendition: number, value: string, act: () => void): HTMLElement {
  const go = button('', act, { class: 'worst', title: 'Show this frame' });
  go.append(
    element('span', { class: `rendition-${rendition} mark` }, renditionMark(rendition)),
    ' ',
    element('span', {}, `frame ${frame}`),
    ' ',
    element('span', { class: 'number' }, value),
  );
  return element('li', {}, go);
}
