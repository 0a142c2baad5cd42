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
  const columns = table.renditions.map((_, rendition) => table.column(metric, rendition));
  const listed: WorstFrame[] = [];
  const isNear = (frame: number, rendition: number): boolean =>
    listed.some((other) => rendition === other.rendition && Math.abs(frame - other.frame) < APART);
  for (let place = 0; place < LISTED; place++) {
    let worst: WorstFrame | undefined;
    for (const [rendition, column] of columns.entries())
      for (const [row, value] of column.entries()) {
        const frame = table.frames[row] as number;
        const apart = worst === undefined ? -1 : sign * (value - worst.value) || frame - worst.frame;
        if (apart < 0 && !isNear(frame, rendition)) worst = { frame, rendition, value };
      }
    if (worst === undefined) break;
    listed.push(worst);
  }
  return listed;
}
