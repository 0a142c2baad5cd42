import type { FrameTable } from './frame-table.ts';
import { metricName } from './metric-names.ts';

/** A frame of a rendition, with its value. */
interface WorstFrame {
  readonly frame: number;
  readonly rendition: number;
  readonly value: number;
}

/** How many are listed. */
const LISTED = 8;
/** Frames this near to one that is listed are the same moment. */
const APART = 12;

/**
 * The frames with the worst values of a metric, over all renditions; of a moment, only its worst frame of each rendition.
 *
 * @example worstFrames(table, 'adm2').map(({ frame }) => frame) // => [113, 20]
 */
export function worstFrames(table: FrameTable, metric: string): WorstFrame[] {
  const sign = metricName(metric).isLowerBetter ? -1 : 1;
  const all = table.renditions.flatMap((_, rendition) =>
    table
      .column(metric, rendition)
      .map((value, row): WorstFrame => ({ frame: table.frames[row] as number, rendition, value })),
  );
  all.sort((a, b) => sign * (a.value - b.value) || a.frame - b.frame);
  const listed: WorstFrame[] = [];
  for (const candidate of all) {
    if (listed.length === LISTED) break;
    const isNear = listed.some(
      ({ frame, rendition }) =>
        rendition === candidate.rendition && Math.abs(frame - candidate.frame) < APART,
    );
    if (!isNear) listed.push(candidate);
  }
  return listed;
}
