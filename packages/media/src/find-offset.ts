import type { Frame } from './frame.ts';
import { lumaOf } from './luma.ts';
import { pairByTime } from './pair-by-time.ts';

const COLUMNS = 16;
const ROWS = 9;
/** A best offset is believed where frames differ by less than this share of what they do at the median offset. */
const CLEAR = 0.8;

/** A frame as mean luma of 16 × 9 fields, whatever its size, and the second at which it is shown. */
export interface LumaSketch {
  readonly time: number;
  readonly fields: Float64Array;
}

/** By how much a rendition starts later than its reference. */
export interface FoundOffset {
  /** Seconds, a multiple of the step. */
  readonly offset: number;
  /** False where other offsets are nearly as good, as in pictures that do not move. */
  readonly isClear: boolean;
}

/**
 * The sketch of a frame.
 *
 * @param time second at which it is shown
 * @throws VideoError UNSUPPORTED for RGB
 */
export function lumaSketch(frame: Frame, time: number): LumaSketch {
  const { width, height, luma, bitDepth } = lumaOf(frame);
  const sums = new Float64Array(COLUMNS * ROWS);
  const counts = new Float64Array(COLUMNS * ROWS);
  for (let y = 0, at = 0; y < height; y++) {
    const row = COLUMNS * Math.floor((y * ROWS) / height);
    for (let x = 0; x < width; x++, at++) {
      const field = row + Math.floor((x * COLUMNS) / width);
      sums[field] = (sums[field] as number) + (luma[at] as number);
      counts[field] = (counts[field] as number) + 1;
    }
  }
  const scale = 2 ** (bitDepth - 8);
  return { time, fields: sums.map((sum, field) => sum / ((counts[field] as number) || 1) / scale) };
}

/**
 * Where the frames of a rendition lie in its reference: the offset at which frames that are then paired by time differ least in
 * their luma, on average. Offsets that pair less than half of the shorter clip are not looked at.
 *
 * @param options `within`: the offset is at most so many seconds to either side; `step`: seconds between two that are tried
 */
export function findOffset(
  reference: readonly LumaSketch[],
  rendition: readonly LumaSketch[],
  { within, step }: { readonly within: number; readonly step: number },
): FoundOffset {
  const [times, others] = [reference, rendition].map((frames) => frames.map(({ time }) => time));
  const least = Math.min(reference.length, rendition.length) / 2;
  const steps = Math.round(within / step);
  const tried: { readonly offset: number; readonly apart: number }[] = [];
  for (let at = -steps; at <= steps; at++) {
    const offset = at * step;
    const { frames, paired } = pairByTime(times ?? [], others ?? [], offset);
    if (paired === 0 || paired < least) continue;
    let apart = 0;
    frames.forEach((partner, frame) => {
      if (partner >= 0) apart += difference(reference[frame] as LumaSketch, rendition[partner] as LumaSketch);
    });
    tried.push({ offset, apart: apart / paired });
  }
  tried.sort((a, b) => a.apart - b.apart || Math.abs(a.offset) - Math.abs(b.offset));
  const [best, median] = [tried[0], tried[tried.length >> 1]];
  if (best === undefined || median === undefined) return { offset: 0, isClear: false };
  return { offset: best.offset, isClear: best.apart < CLEAR * median.apart };
}

function difference(a: LumaSketch, b: LumaSketch): number {
  let sum = 0;
  for (let field = 0; field < a.fields.length; field++)
    sum += Math.abs((a.fields[field] as number) - (b.fields[field] as number));
  return sum / a.fields.length;
}
