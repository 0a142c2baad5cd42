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
// what the sums of bytes begin with: M' with the mean's rounding, and X' with 2^30 less what that rounding adds to X, and 2^31
const BYTE_MEAN: usize = memory.data<i32>([128, 128, 128, 128], 16);
const BYTE_PRODUCT: usize = memory.data<u32>([3221192704, 3221192704, 3221192704, 3221192704], 16);

/** Addresses of the window's pairs of rows, first to last. */
export const WINDOW: usize = memory.data(9 * 4, 16);

/** Puts the pairs around the outputs 2q and 2q + 1 into the window. */
export function placeWindow(q: i32): void {
  const reach = reachOf(scale);
  for (let j = -reach; j <= reach; j++) store<u32>(WINDOW + <usize>(j + reach) * 4, <u32>pairSlot(q + j));
}

/** Rows 2q and 2q + 1 of bytes. */
export function filterByteColumns(): void {
  const mean = byteMeanStart();
  const square = v128.load(BYTE_PRODUCT);
  const taps = tapTable(0);
  const windowEnd = WINDOW + 4 * pairsOf(0);
  const blocks = blocksOf(scaleWidth) * 2;
  let row0 = evenRow;
  let row1 = oddRow;
  for (let i = 0, column: usize = 0; i < blocks; i++, column += 32, row0 += 8, row1 += 8) {
    let r0 = mean, r1 = r0, d0 = r0, d1 = r0, rr0 = square, rr1 = rr0, dd0 = rr0, dd1 = rr0, rd0 = rr0, rd1 = rr0;
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
    storeStream(row0, row1, REF, centredMeans(r0, r1, 8, false));
    storeStream(row0, row1, DIST, centredMeans(d0, d1, 8, false));
    storeHalves(row0, row1, REF_REF, i32x4.add(rr0, i32x4.shl(r0, 8)), i32x4.add(rr1, i32x4.shl(r1, 8)));
    storeHalves(row0, row1, DIST_DIST, i32x4.add(dd0, i32x4.shl(d0, 8)), i32x4.add(dd1, i32x4.shl(d1, 8)));
    storeHalves(row0, row1, REF_DIST, byteProduct(rd0, r0, d0), byteProduct(rd1, r1, d1));
  }
}

/** X + 2^31 of X' and of both M'. */
// @ts-ignore: decorator
@inline
function byteProduct(sum: v128, a: v128, b: v128): v128 {
  return i32x4.add(sum, i32x4.shl(i32x4.add(a, b), 7));
}

/** Rows 2q and 2q + 1 of 16-bit samples. A function for each kind of constants: the compiler would fold branches into one. */
export function filterWordColumns(): void {
  if (scale == SCALES - 1) filterLastColumns();
  else if (scale > 0) filterReducedColumns();
  else if (depth == 10) filterTenBitColumns();
  else filterDeepColumns();
}

function filterTenBitColumns(): void {
  filterBlocks(10, 4, false);
}

function filterDeepColumns(): void {
  filterBlocks(depth, 2 * (depth - 8), false);
}

function filterReducedColumns(): void {
  filterBlocks(16, 16, false);
}

function filterLastColumns(): void {
  filterBlocks(16, 16, true);
}

/** Means and reference products first, then the others: eight sums fit the registers. */
// @ts-ignore: decorator
@inline
function filterBlocks(meanShift: i32, productShift: i32, last: bool): void {
  const taps = tapTable(scale);
  const windowEnd = WINDOW + 4 * pairsOf(scale);
  const blocks = blocksOf(scaleWidth) * 2;
  const mean = meanStart(meanShift, last);
  const upper = upperStart(productShift);
  const lower = lowerStart(productShift, last);
  let row0 = evenRow;
  let row1 = oddRow;
  for (let i = 0, column: usize = 0; i < blocks; i++, column += 128, row0 += 8, row1 += 8) {
    filterMeansAndReference(column, row0, row1, taps, windowEnd, mean, upper, lower, meanShift, productShift, last);
    filterOtherProducts(column, row0, row1, taps, windowEnd, upper, lower, productShift, last);
  }
}

// @ts-ignore: decorator
@inline
function filterMeansAndReference(
  column: usize, row0: usize, row1: usize, taps: usize, windowEnd: usize, mean: v128, upper: v128, lower: v128,
  meanShift: i32, productShift: i32, last: bool,
): void {
  let r0 = mean, r1 = mean, d0 = mean, d1 = mean, upper0 = upper, upper1 = upper, lower0 = lower, lower1 = lower;
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
  storeStream(row0, row1, REF, centredMeans(r0, r1, meanShift, last));
  storeStream(row0, row1, DIST, centredMeans(d0, d1, meanShift, last));
  storeHalves(row0, row1, REF_REF, joined(upper0, lower0, productShift, last), joined(upper1, lower1, productShift, last));
}

// @ts-ignore: decorator
@inline
function filterOtherProducts(
  column: usize, row0: usize, row1: usize, taps: usize, windowEnd: usize, upper: v128, lower: v128,
  productShift: i32, last: bool,
): void {
  let a0 = upper, a1 = upper, b0 = lower, b1 = lower, c0 = upper, c1 = upper, e0 = lower, e1 = lower;
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
  storeHalves(row0, row1, DIST_DIST, joined(a0, b0, productShift, last), joined(a1, b1, productShift, last));
  storeHalves(row0, row1, REF_DIST, joined(c0, e0, productShift, last), joined(c1, e1, productShift, last));
}

// What sums of centred words begin with, so that what is left of them is shifts. M and X lack 2^31, which the centring took
// off; a mean is to be less 2^15; sums of the last scale are an eighth.

/** 2^31 − 2^(15+b) + 2^(b−1). */
// @ts-ignore: decorator
@inline
export function meanStart(shift: i32, last: bool): v128 {
  const start = (1 << 31) - (1 << (15 + shift)) + (1 << (shift - 1));
  return i32x4.splat(last ? start >> 3 : start);
}

/** 2^31 of Σ f·upper and 2^31 of the product, modulo 2^32; 0 where t = 16. */
// @ts-ignore: decorator
@inline
function upperStart(shift: i32): v128 {
  return i32x4.splat((1 << 31) + (1 << (15 + shift)));
}

/** 2^31 + 2^(t−1). */
// @ts-ignore: decorator
@inline
function lowerStart(shift: i32, last: bool): v128 {
  const start: u32 = (1 << 31) + (1 << (shift - 1));
  return i32x4.splat(last ? start >> 3 : start);
}

/** What a mean of bytes, which are kept less 128, begins with. */
// @ts-ignore: decorator
@inline
export function byteMeanStart(): v128 {
  return v128.load(BYTE_MEAN);
}

/** Rounded means less 2^15, of two sums. */
// @ts-ignore: decorator
@inline
export function centredMeans(a: v128, b: v128, shift: i32, last: bool): v128 {
  return i16x8.narrow_i32x4_s(i32x4.shr_s(whole(a, last), shift), i32x4.shr_s(whole(b, last), shift));
}

/** X + 2^31. */
// @ts-ignore: decorator
@inline
function joined(upper: v128, lower: v128, shift: i32, last: bool): v128 {
  return i32x4.add(i32x4.shl(whole(upper, last), 16 - shift), i32x4.shr_u(whole(lower, last), shift));
}

/** Four samples of the even row and four of the odd one. */
// @ts-ignore: decorator
@inline
function storeStream(row0: usize, row1: usize, stream: usize, both: v128): void {
  v128.store64_lane(row0 + stream, both, 0);
  v128.store64_lane(row1 + stream, both, 1);
}

/** The halves of two products, given as X + 2^31, into their streams. */
// @ts-ignore: decorator
@inline
function storeHalves(row0: usize, row1: usize, stream: usize, even: v128, odd: v128): void {
  const low = v128.load(LOW_HALF);
  const lower = i16x8.narrow_i32x4_u(v128.and(even, low), v128.and(odd, low));
  storeStream(row0, row1, stream, i16x8.narrow_i32x4_s(i32x4.shr_s(even, 16), i32x4.shr_s(odd, 16)));
  storeStream(row0, row1, stream + LOWER, v128.xor(lower, v128.load(CENTRE)));
}
