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
import { ENTRY, pairsOf, reachOf, SCALES, tapTable, whole } from './taps';

/** Makes row y of the next scale's images of the rows around 2y; overwrites the first streams of the even row. */
export function reduceRow(y: i32): void {
  if (y >= scaleHeight >> 1) return;
  const next = scale + 1;
  filterColumns(next);
  extendRow(evenRow, 2, scaleWidth, 2 * reachOf(next));
  const offset = <usize>(y * (scaleWidth >> 1)) * 2;
  filterRows(next, reducedReference(next) + offset, reducedDistorted(next) + offset);
}

/** The even row of both images, eight columns at a time. */
function filterColumns(next: i32): void {
  const bytes = isBytes(scale);
  const shift = scale == 0 ? depth : 16;
  const rounding = i32x4.splat(128);
  const window = WINDOW + <usize>(reachOf(scale) - reachOf(next)) * 4;
  const windowEnd = window + 4 * pairsOf(next);
  const taps = tapTable(next);
  const step = blockBytes(scale);
  const last = next == SCALES - 1;
  const blocks = blocksOf(scaleWidth);
  let out = evenRow;
  for (let i = 0, column: usize = 0; i < blocks; i++, column += 2 * step, out += 16) {
    let r0 = i32x4.splat(0), r1 = r0, d0 = r0, d1 = r0;
    for (let w = window, t = taps; w < windowEnd; w += 4, t += ENTRY) {
      const pair = <usize>load<u32>(w) + column;
      const even = v128.load(t);
      r0 = i32x4.add(r0, i32x4.dot_i16x8_s(v128.load(pair), even));
      d0 = i32x4.add(d0, i32x4.dot_i16x8_s(v128.load(pair, PAIR_DIST), even));
      r1 = i32x4.add(r1, i32x4.dot_i16x8_s(v128.load(pair + step), even));
      d1 = i32x4.add(d1, i32x4.dot_i16x8_s(v128.load(pair + step, PAIR_DIST), even));
    }
    if (bytes) {
      v128.store(out, byteMeans(r0, r1, rounding), REF);
      v128.store(out, byteMeans(d0, d1, rounding), DIST);
    } else {
      v128.store(out, centredMean(whole(r0, last), whole(r1, last), shift), REF);
      v128.store(out, centredMean(whole(d0, last), whole(d1, last), shift), DIST);
    }
  }
}

// @ts-ignore: decorator
@inline
function byteMeans(a: v128, b: v128, rounding: v128): v128 {
  return i16x8.narrow_i32x4_s(i32x4.shr_s(i32x4.add(a, rounding), 8), i32x4.shr_s(i32x4.add(b, rounding), 8));
}

/** The even columns of a row of both images, eight at a time. */
function filterRows(next: i32, ref: usize, dist: usize): void {
  const taps = tapTable(next);
  const tapsEnd = taps + <usize>pairsOf(next) * ENTRY;
  const last = next == SCALES - 1;
  const half = i32x4.splat(32768);
  let first = evenRow - <usize>reachOf(next) * 4;
  for (let x = 0; x < scaleWidth >> 1; x += 8, first += 32) {
    let r0 = i32x4.splat(0), r1 = r0, d0 = r0, d1 = r0;
    for (let t = taps, p = first; t < tapsEnd; t += ENTRY, p += 4) {
      const even = v128.load(t);
      r0 = i32x4.add(r0, i32x4.dot_i16x8_s(v128.load(p, REF), even));
      r1 = i32x4.add(r1, i32x4.dot_i16x8_s(v128.load(p, REF + 16), even));
      d0 = i32x4.add(d0, i32x4.dot_i16x8_s(v128.load(p, DIST), even));
      d1 = i32x4.add(d1, i32x4.dot_i16x8_s(v128.load(p, DIST + 16), even));
    }
    v128.store(ref + 2 * x, means(whole(r0, last), whole(r1, last), half));
    v128.store(dist + 2 * x, means(whole(d0, last), whole(d1, last), half));
  }
}

// @ts-ignore: decorator
@inline
function means(a: v128, b: v128, half: v128): v128 {
  return i16x8.narrow_i32x4_s(i32x4.shr_s(i32x4.add(a, half), 16), i32x4.shr_s(i32x4.add(b, half), 16));
}
