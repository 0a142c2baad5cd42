// The images of the next scale: filtered with that scale's taps, every second row and column kept.
//
//   column = (Σ f·v + 2^(b−1)) >> b  (b = 16 from scale 1),  next = (Σ f·column + 2^15) >> 16
//
// The window of the current scale holds all rows that the shorter filter of the next one reads.
import { depth } from '../picture';
import { centredMean, WINDOW } from './column-filter';
import {
  blockBytes, blocksOf, DIST, evenRow, isBytes, reducedDistorted, reducedReference, REF, scale, scaleHeight, scaleWidth,
} from './layout';
import { extendRow } from './row-border';
import { PAIR_DIST } from './row-pairs';
import { ENTRY, missingShift, pairsOf, reachOf, tapTable } from './taps';

/** Makes row y of the next scale's images of the rows around 2y; overwrites the first streams of the even row. */
export function reduceRow(y: i32): void {
  if (y >= scaleHeight >> 1) return;
  const next = scale + 1;
  filterColumns(next);
  extendRow(evenRow, 2, scaleWidth, 2 * reachOf(next));
  const offset = <usize>(y * (scaleWidth >> 1)) * 2;
  filterRows(next, reducedReference(next) + offset, reducedDistorted(next) + offset);
}

/** The even row of both images, four columns at a time. */
function filterColumns(next: i32): void {
  const bytes = isBytes(scale);
  const shift = scale == 0 ? depth : 16;
  const rounding = i32x4.splat(128);
  const window = WINDOW + <usize>(reachOf(scale) - reachOf(next)) * 4;
  const windowEnd = window + 4 * pairsOf(next);
  const taps = tapTable(next);
  const step = blockBytes(scale);
  const missing = missingShift(next);
  const blocks = blocksOf(scaleWidth) * 2;
  let out = evenRow;
  for (let i = 0, column: usize = 0; i < blocks; i++, column += step, out += 8) {
    let r = i32x4.splat(0);
    let d = r;
    for (let w = window, t = taps; w < windowEnd; w += 4, t += ENTRY) {
      const pair = <usize>load<u32>(w) + column;
      const even = v128.load(t);
      r = i32x4.add(r, i32x4.dot_i16x8_s(v128.load(pair), even));
      d = i32x4.add(d, i32x4.dot_i16x8_s(v128.load(pair, PAIR_DIST), even));
    }
    const both = bytes
      ? i16x8.narrow_i32x4_s(i32x4.shr_s(i32x4.add(r, rounding), 8), i32x4.shr_s(i32x4.add(d, rounding), 8))
      : centredMean(i32x4.shl(r, missing), i32x4.shl(d, missing), shift);
    v128.store64_lane(out + REF, both, 0);
    v128.store64_lane(out + DIST, both, 1);
  }
}

/** The even columns of a row of both images, four at a time. */
function filterRows(next: i32, ref: usize, dist: usize): void {
  const taps = tapTable(next);
  const tapsEnd = taps + <usize>pairsOf(next) * ENTRY;
  const missing = missingShift(next);
  const half = i32x4.splat(32768);
  let first = evenRow - <usize>reachOf(next) * 4;
  for (let x = 0; x < scaleWidth >> 1; x += 4, first += 16) {
    let r = i32x4.splat(0);
    let d = r;
    for (let t = taps, p = first; t < tapsEnd; t += ENTRY, p += 4) {
      const even = v128.load(t);
      r = i32x4.add(r, i32x4.dot_i16x8_s(v128.load(p, REF), even));
      d = i32x4.add(d, i32x4.dot_i16x8_s(v128.load(p, DIST), even));
    }
    const both = i16x8.narrow_i32x4_s(
      i32x4.shr_s(i32x4.add(i32x4.shl(r, missing), half), 16),
      i32x4.shr_s(i32x4.add(i32x4.shl(d, missing), half), 16),
    );
    v128.store64_lane(ref + 2 * x, both, 0);
    v128.store64_lane(dist + 2 * x, both, 1);
  }
}
