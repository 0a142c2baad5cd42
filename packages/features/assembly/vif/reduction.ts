// The images of the next scale: filtered with that scale's taps, every second row and column kept.
//
//   column = (Σ f·v + 2^(b−1)) >> b  (b = 16 from scale 1),  next = (Σ f·column + 2^15) >> 16
//
// The window of the current scale holds all rows that the shorter filter of the next one reads.
import { depth } from '../picture';
import { byteMeanStart, centredMeans, meanStart, WINDOW } from './column-filter';
import {
  blockBytes, blocksOf, DIST, evenRow, isBytes, reducedDistorted, reducedReference, REF, scale, scaleHeight, scaleWidth,
} from './layout';
import { extendRow } from './row-border';
import { PAIR_DIST } from './row-pairs';
import { ENTRY, pairsOf, reachOf, SCALES, tapTable } from './taps';

/** Makes row y of the next scale's images of the rows around 2y; overwrites the first streams of the even row. */
export function reduceRow(y: i32): void {
  if (y >= scaleHeight >> 1) return;
  if (scale + 1 == SCALES - 1) reduceToLast(y);
  else reduceToOther(y);
}

// two functions, not two branches, as in the filter along rows
function reduceToLast(y: i32): void {
  reduce(y, SCALES - 1, true);
}

function reduceToOther(y: i32): void {
  reduce(y, scale + 1, false);
}

// @ts-ignore: decorator
@inline
function reduce(y: i32, next: i32, last: bool): void {
  filterColumns(next, last);
  extendRow(evenRow, 2, scaleWidth, 2 * reachOf(next));
  const offset = <usize>(y * (scaleWidth >> 1)) * 2;
  filterRows(next, last, reducedReference(next) + offset, reducedDistorted(next) + offset);
}

/** The even row of both images, eight columns at a time. */
// @ts-ignore: decorator
@inline
function filterColumns(next: i32, last: bool): void {
  const shift = scale == 0 ? depth : 16;
  const start = isBytes(scale) ? byteMeanStart() : meanStart(shift, last);
  const window = WINDOW + <usize>(reachOf(scale) - reachOf(next)) * 4;
  const windowEnd = window + 4 * pairsOf(next);
  const taps = tapTable(next);
  const step = blockBytes(scale);
  const blocks = blocksOf(scaleWidth);
  let out = evenRow;
  for (let i = 0, column: usize = 0; i < blocks; i++, column += 2 * step, out += 16) {
    let r0 = start, r1 = start, d0 = start, d1 = start;
    for (let w = window, t = taps; w < windowEnd; w += 4, t += ENTRY) {
      const pair = <usize>load<u32>(w) + column;
      const even = v128.load(t);
      r0 = i32x4.add(r0, i32x4.dot_i16x8_s(v128.load(pair), even));
      d0 = i32x4.add(d0, i32x4.dot_i16x8_s(v128.load(pair, PAIR_DIST), even));
      r1 = i32x4.add(r1, i32x4.dot_i16x8_s(v128.load(pair + step), even));
      d1 = i32x4.add(d1, i32x4.dot_i16x8_s(v128.load(pair + step, PAIR_DIST), even));
    }
    v128.store(out, centredMeans(r0, r1, shift, last), REF);
    v128.store(out, centredMeans(d0, d1, shift, last), DIST);
  }
}

/** The even columns of a row of both images, eight at a time. */
// @ts-ignore: decorator
@inline
function filterRows(next: i32, last: bool, ref: usize, dist: usize): void {
  const taps = tapTable(next);
  const tapsEnd = taps + <usize>pairsOf(next) * ENTRY;
  const start = i32x4.splat(last ? 32768 >> 3 : 32768);
  const samples = scaleWidth >> 1;
  let first = evenRow - <usize>reachOf(next) * 4;
  for (let x = 0; x < samples; x += 8, first += 32) {
    let r0 = start, r1 = start, d0 = start, d1 = start;
    for (let t = taps, p = first; t < tapsEnd; t += ENTRY, p += 4) {
      const even = v128.load(t);
      r0 = i32x4.add(r0, i32x4.dot_i16x8_s(v128.load(p, REF), even));
      r1 = i32x4.add(r1, i32x4.dot_i16x8_s(v128.load(p, REF + 16), even));
      d0 = i32x4.add(d0, i32x4.dot_i16x8_s(v128.load(p, DIST), even));
      d1 = i32x4.add(d1, i32x4.dot_i16x8_s(v128.load(p, DIST + 16), even));
    }
    v128.store(ref + 2 * x, centredMeans(r0, r1, 16, last));
    v128.store(dist + 2 * x, centredMeans(d0, d1, 16, last));
  }
}
