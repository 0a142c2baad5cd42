// The filter along columns: two rows of eight streams out of a window of pairs of rows.
//
// With M = Σ f·v and X = Σ f·v·w of the window's rows:
//   means     (M + 2^(b−1)) >> b                                     (b = 16 at scales 1 to 3)
//   products  X at 8 bits, else (X + 2^(t−1)) >> t, t = 2(b − 8)     (t = 16 at scales 1 to 3)
//
// Bytes: v = 128 + v', so that with primes for sums of centred samples, modulo 2^32,
//   mean − 2^15 = (M' + 128) >> 8,  X = X' + 128(M'ref + M'dist) + 2^30.
// Words: X = 2^16·Σ f·upper + Σ f·lower, so X >> t = (Σ f·upper << 16−t) + ((Σ f·lower + 2^(t−1)) >> t) without loss of a carry.
import { depth } from '../picture';
import {
  blocksOf, DIST, DIST_DIST, evenRow, LOWER, oddRow, pairSlot, REF, REF_DIST, REF_REF, scale, scaleWidth,
} from './layout';
import { PAIR_DIST, PAIR_DIST_DIST, PAIR_REF_DIST, PAIR_REF_REF } from './row-pairs';
import { ENTRY, pairsOf, reachOf, SCALES, tapTable, whole } from './taps';

const CENTRE: usize = memory.data<u16>([32768, 32768, 32768, 32768, 32768, 32768, 32768, 32768], 16);
const LOW_HALF: usize = memory.data<i32>([0xffff, 0xffff, 0xffff, 0xffff], 16);
const BYTE_ROUNDING: usize = memory.data<i32>([128, 128, 128, 128], 16);
const BYTE_SQUARE: usize = memory.data<i32>([1073741824, 1073741824, 1073741824, 1073741824], 16);

/** Addresses of the window's pairs of rows, first to last. */
export const WINDOW: usize = memory.data(9 * 4, 16);

/** Puts the pairs around the outputs 2q and 2q + 1 into the window. */
export function placeWindow(q: i32): void {
  const reach = reachOf(scale);
  for (let j = -reach; j <= reach; j++) store<u32>(WINDOW + <usize>(j + reach) * 4, <u32>pairSlot(q + j));
}

/** Rows 2q and 2q + 1 of bytes. */
export function filterByteColumns(): void {
  const rounding = v128.load(BYTE_ROUNDING);
  const square = v128.load(BYTE_SQUARE);
  const taps = tapTable(0);
  const windowEnd = WINDOW + 4 * pairsOf(0);
  const blocks = blocksOf(scaleWidth) * 2;
  let row0 = evenRow;
  let row1 = oddRow;
  for (let i = 0, column: usize = 0; i < blocks; i++, column += 32, row0 += 8, row1 += 8) {
    let r0 = i32x4.splat(0), r1 = r0, d0 = r0, d1 = r0, rr0 = r0, rr1 = r0, dd0 = r0, dd1 = r0, rd0 = r0, rd1 = r0;
    for (let w = WINDOW, t = taps; w < windowEnd; w += 4, t += ENTRY) {
      const pair = <usize>load<u32>(w) + column;
      const even = v128.load(t);
      const odd = v128.load(t, 16);
      const r = v128.load(pair);
      const d = v128.load(pair, PAIR_DIST);
      r0 = i32x4.add(r0, i32x4.dot_i16x8_s(r, even));
      r1 = i32x4.add(r1, i32x4.dot_i16x8_s(r, odd));
      d0 = i32x4.add(d0, i32x4.dot_i16x8_s(d, even));
      d1 = i32x4.add(d1, i32x4.dot_i16x8_s(d, odd));
      let product = i16x8.mul(r, r);
      rr0 = i32x4.add(rr0, i32x4.dot_i16x8_s(product, even));
      rr1 = i32x4.add(rr1, i32x4.dot_i16x8_s(product, odd));
      product = i16x8.mul(d, d);
      dd0 = i32x4.add(dd0, i32x4.dot_i16x8_s(product, even));
      dd1 = i32x4.add(dd1, i32x4.dot_i16x8_s(product, odd));
      product = i16x8.mul(r, d);
      rd0 = i32x4.add(rd0, i32x4.dot_i16x8_s(product, even));
      rd1 = i32x4.add(rd1, i32x4.dot_i16x8_s(product, odd));
    }
    storeStream(row0, row1, REF, i16x8.narrow_i32x4_s(byteMean(r0, rounding), byteMean(r1, rounding)));
    storeStream(row0, row1, DIST, i16x8.narrow_i32x4_s(byteMean(d0, rounding), byteMean(d1, rounding)));
    storeHalves(row0, row1, REF_REF, byteProduct(rr0, r0, r0, square), byteProduct(rr1, r1, r1, square));
    storeHalves(row0, row1, DIST_DIST, byteProduct(dd0, d0, d0, square), byteProduct(dd1, d1, d1, square));
    storeHalves(row0, row1, REF_DIST, byteProduct(rd0, r0, d0, square), byteProduct(rd1, r1, d1, square));
  }
}

// @ts-ignore: decorator
@inline
function byteMean(sum: v128, rounding: v128): v128 {
  return i32x4.shr_s(i32x4.add(sum, rounding), 8);
}

// @ts-ignore: decorator
@inline
function byteProduct(sum: v128, a: v128, b: v128, square: v128): v128 {
  return i32x4.add(i32x4.add(sum, square), i32x4.shl(i32x4.add(a, b), 7));
}

/** Rows 2q and 2q + 1 of 16-bit samples: means and reference products first, then the others; eight sums fit the registers. */
export function filterWordColumns(): void {
  if (scale == 0) filterBlocks(depth, 2 * (depth - 8), false);
  else if (scale < SCALES - 1) filterBlocks(16, 16, false);
  else filterBlocks(16, 16, true);
}

// @ts-ignore: decorator
@inline
function filterBlocks(meanShift: i32, productShift: i32, last: bool): void {
  const taps = tapTable(scale);
  const windowEnd = WINDOW + 4 * pairsOf(scale);
  const blocks = blocksOf(scaleWidth) * 2;
  let row0 = evenRow;
  let row1 = oddRow;
  for (let i = 0, column: usize = 0; i < blocks; i++, column += 128, row0 += 8, row1 += 8) {
    filterMeansAndReference(column, row0, row1, taps, windowEnd, meanShift, productShift, last);
    filterOtherProducts(column, row0, row1, taps, windowEnd, productShift, last);
  }
}

// @ts-ignore: decorator
@inline
function filterMeansAndReference(
  column: usize, row0: usize, row1: usize, taps: usize, windowEnd: usize, meanShift: i32, productShift: i32, last: bool,
): void {
  let r0 = i32x4.splat(0), r1 = r0, d0 = r0, d1 = r0, upper0 = r0, upper1 = r0, lower0 = r0, lower1 = r0;
  for (let w = WINDOW, t = taps; w < windowEnd; w += 4, t += ENTRY) {
    const pair = <usize>load<u32>(w) + column;
    const even = v128.load(t);
    const odd = v128.load(t, 16);
    let v = v128.load(pair);
    r0 = i32x4.add(r0, i32x4.dot_i16x8_s(v, even));
    r1 = i32x4.add(r1, i32x4.dot_i16x8_s(v, odd));
    v = v128.load(pair, PAIR_DIST);
    d0 = i32x4.add(d0, i32x4.dot_i16x8_s(v, even));
    d1 = i32x4.add(d1, i32x4.dot_i16x8_s(v, odd));
    v = v128.load(pair, PAIR_REF_REF);
    upper0 = i32x4.add(upper0, i32x4.dot_i16x8_s(v, even));
    upper1 = i32x4.add(upper1, i32x4.dot_i16x8_s(v, odd));
    v = v128.load(pair, PAIR_REF_REF + 16);
    lower0 = i32x4.add(lower0, i32x4.dot_i16x8_s(v, even));
    lower1 = i32x4.add(lower1, i32x4.dot_i16x8_s(v, odd));
  }
  storeStream(row0, row1, REF, centredMean(whole(r0, last), whole(r1, last), meanShift));
  storeStream(row0, row1, DIST, centredMean(whole(d0, last), whole(d1, last), meanShift));
  storeHalves(row0, row1, REF_REF, wordProduct(upper0, lower0, productShift, last), wordProduct(upper1, lower1, productShift, last));
}

// @ts-ignore: decorator
@inline
function filterOtherProducts(
  column: usize, row0: usize, row1: usize, taps: usize, windowEnd: usize, productShift: i32, last: bool,
): void {
  let a0 = i32x4.splat(0), a1 = a0, b0 = a0, b1 = a0, c0 = a0, c1 = a0, e0 = a0, e1 = a0;
  for (let w = WINDOW, t = taps; w < windowEnd; w += 4, t += ENTRY) {
    const pair = <usize>load<u32>(w) + column;
    const even = v128.load(t);
    const odd = v128.load(t, 16);
    let v = v128.load(pair, PAIR_DIST_DIST);
    a0 = i32x4.add(a0, i32x4.dot_i16x8_s(v, even));
    a1 = i32x4.add(a1, i32x4.dot_i16x8_s(v, odd));
    v = v128.load(pair, PAIR_DIST_DIST + 16);
    b0 = i32x4.add(b0, i32x4.dot_i16x8_s(v, even));
    b1 = i32x4.add(b1, i32x4.dot_i16x8_s(v, odd));
    v = v128.load(pair, PAIR_REF_DIST);
    c0 = i32x4.add(c0, i32x4.dot_i16x8_s(v, even));
    c1 = i32x4.add(c1, i32x4.dot_i16x8_s(v, odd));
    v = v128.load(pair, PAIR_REF_DIST + 16);
    e0 = i32x4.add(e0, i32x4.dot_i16x8_s(v, even));
    e1 = i32x4.add(e1, i32x4.dot_i16x8_s(v, odd));
  }
  storeHalves(row0, row1, DIST_DIST, wordProduct(a0, b0, productShift, last), wordProduct(a1, b1, productShift, last));
  storeHalves(row0, row1, REF_DIST, wordProduct(c0, e0, productShift, last), wordProduct(c1, e1, productShift, last));
}

/** Sums of centred words back to sums of words, rounded and shifted, and centred again. */
// @ts-ignore: decorator
@inline
export function centredMean(a: v128, b: v128, shift: i32): v128 {
  const rounding = i32x4.splat(<i32>0x80000000 + (1 << (shift - 1)));
  const means = i16x8.narrow_i32x4_u(
    i32x4.shr_u(i32x4.add(a, rounding), shift),
    i32x4.shr_u(i32x4.add(b, rounding), shift),
  );
  return v128.xor(means, v128.load(CENTRE));
}

// @ts-ignore: decorator
@inline
function wordProduct(upper: v128, lower: v128, productShift: i32, last: bool): v128 {
  const high = i32x4.add(whole(upper, last), i32x4.splat(0x80000000));
  const part = i32x4.add(whole(lower, last), i32x4.splat(<i32>0x80000000 + (1 << (productShift - 1))));
  return i32x4.add(i32x4.shl(high, 16 - productShift), i32x4.shr_u(part, productShift));
}

/** Four samples of the even row and four of the odd one. */
// @ts-ignore: decorator
@inline
function storeStream(row0: usize, row1: usize, stream: usize, both: v128): void {
  v128.store64_lane(row0 + stream, both, 0);
  v128.store64_lane(row1 + stream, both, 1);
}

/** The halves of two 32-bit products into their streams. */
// @ts-ignore: decorator
@inline
function storeHalves(row0: usize, row1: usize, stream: usize, even: v128, odd: v128): void {
  const centre = v128.load(CENTRE);
  const low = v128.load(LOW_HALF);
  const upper = i16x8.narrow_i32x4_u(i32x4.shr_u(even, 16), i32x4.shr_u(odd, 16));
  const lower = i16x8.narrow_i32x4_u(v128.and(even, low), v128.and(odd, low));
  storeStream(row0, row1, stream, v128.xor(upper, centre));
  storeStream(row0, row1, stream + LOWER, v128.xor(lower, centre));
}
