// The filter along rows, and the variances that come of it.
//
//   m = Σ f·mean (24 fractional bits),  x = (Σ f·product + 2^15) >> 16 = Σ f·upper + ((Σ f·lower + 2^15) >> 16)
//   σ²ref = xrr − mm(r, r),  σ²dist = xdd − mm(d, d),  σref,dist = xrd − mm(r, d),  mm(a, b) = (m_a · m_b + 2^31) >> 32
//
// The sums over eight pixels come as the four even ones and the four odd ones.
import { upperWords } from '../lanes';
import {
  blocksOf, DIST, DIST_DIST, LOWER, REF, REF_DIST, REF_REF, scale, scaleWidth, variancePlane, variances,
} from './layout';
import { ENTRY, pairsOf, reachOf, SCALES, tapTable, whole } from './taps';

// what sums begin with: 2^31, which the centring of streams took off, and the rounding; at the last scale an eighth of it
const CENTRES: usize = memory.data<u32>([0x80000000, 0x80000000, 0x80000000, 0x80000000], 16);
const CENTRES_AND_HALF: usize = memory.data<u32>([0x80008000, 0x80008000, 0x80008000, 0x80008000], 16);
const LAST_CENTRES: usize = memory.data<u32>([0x10000000, 0x10000000, 0x10000000, 0x10000000], 16);
const LAST_CENTRES_AND_HALF: usize = memory.data<u32>([0x10001000, 0x10001000, 0x10001000, 0x10001000], 16);
const WIDE_HALF: usize = memory.data<u64>([0x80000000, 0x80000000], 16);

/** The variances of one row, from its extended streams. */
export function filterRow(row: usize): void {
  if (scale == SCALES - 1) filterLastRow(row);
  else filterOtherRow(row);
}

// two functions, not two branches: those the compiler folds into one with a test at every use of `last`
function filterLastRow(row: usize): void {
  filterBlocks(row, true);
}

function filterOtherRow(row: usize): void {
  filterBlocks(row, false);
}

// @ts-ignore: decorator
@inline
function filterBlocks(row: usize, last: bool): void {
  let first = row - <usize>reachOf(scale) * 4;
  const taps = tapTable(scale);
  const end = taps + <usize>pairsOf(scale) * ENTRY;
  const samples = scaleWidth;
  const plane = variancePlane;
  let out = variances;
  for (let x = 0; x < samples; x += 8, first += 16, out += 32) {
    filterMeansAndReference(first, out, plane, taps, end, last);
    filterOtherProducts(first, out, plane, taps, end, last);
  }
  clearBeyondEdge(out - 32);
}

/** σ²ref; and into the places of the other two what is to be subtracted there. */
// @ts-ignore: decorator
@inline
function filterMeansAndReference(first: usize, out: usize, plane: usize, taps: usize, end: usize, last: bool): void {
  let r0 = centres(last), r1 = r0, d0 = r0, d1 = r0, upper0 = r0, upper1 = r0;
  let lower0 = centresAndHalf(last), lower1 = lower0;
  for (let t = taps, p = first; t < end; t += ENTRY, p += 4) {
    const even = v128.load(t);
    const odd = v128.load(t, 16);
    let v = v128.load(p, REF);
    r0 = i32x4.add(r0, i32x4.dot_i16x8_s(v, even));
    r1 = i32x4.add(r1, i32x4.dot_i16x8_s(v, odd));
    v = v128.load(p, DIST);
    d0 = i32x4.add(d0, i32x4.dot_i16x8_s(v, even));
    d1 = i32x4.add(d1, i32x4.dot_i16x8_s(v, odd));
    v = v128.load(p, REF_REF);
    upper0 = i32x4.add(upper0, i32x4.dot_i16x8_s(v, even));
    upper1 = i32x4.add(upper1, i32x4.dot_i16x8_s(v, odd));
    v = v128.load(p, REF_REF + LOWER);
    lower0 = i32x4.add(lower0, i32x4.dot_i16x8_s(v, even));
    lower1 = i32x4.add(lower1, i32x4.dot_i16x8_s(v, odd));
  }
  r0 = whole(r0, last);
  r1 = whole(r1, last);
  d0 = whole(d0, last);
  d1 = whole(d1, last);
  v128.store(out, i32x4.sub(joined(upper0, lower0, last), meanProduct(r0, r0)));
  v128.store(out, i32x4.sub(joined(upper1, lower1, last), meanProduct(r1, r1)), 16);
  v128.store(out + plane, meanProduct(d0, d0));
  v128.store(out + plane, meanProduct(d1, d1), 16);
  v128.store(out + 2 * plane, meanProduct(r0, d0));
  v128.store(out + 2 * plane, meanProduct(r1, d1), 16);
}

/** σ²dist and σref,dist. */
// @ts-ignore: decorator
@inline
function filterOtherProducts(first: usize, out: usize, plane: usize, taps: usize, end: usize, last: bool): void {
  let a0 = centres(last), a1 = a0, c0 = a0, c1 = a0;
  let b0 = centresAndHalf(last), b1 = b0, e0 = b0, e1 = b0;
  for (let t = taps, p = first; t < end; t += ENTRY, p += 4) {
    const even = v128.load(t);
    const odd = v128.load(t, 16);
    let v = v128.load(p, DIST_DIST);
    a0 = i32x4.add(a0, i32x4.dot_i16x8_s(v, even));
    a1 = i32x4.add(a1, i32x4.dot_i16x8_s(v, odd));
    v = v128.load(p, DIST_DIST + LOWER);
    b0 = i32x4.add(b0, i32x4.dot_i16x8_s(v, even));
    b1 = i32x4.add(b1, i32x4.dot_i16x8_s(v, odd));
    v = v128.load(p, REF_DIST);
    c0 = i32x4.add(c0, i32x4.dot_i16x8_s(v, even));
    c1 = i32x4.add(c1, i32x4.dot_i16x8_s(v, odd));
    v = v128.load(p, REF_DIST + LOWER);
    e0 = i32x4.add(e0, i32x4.dot_i16x8_s(v, even));
    e1 = i32x4.add(e1, i32x4.dot_i16x8_s(v, odd));
  }
  subtractFrom(joined(a0, b0, last), out + plane);
  subtractFrom(joined(a1, b1, last), out + plane + 16);
  subtractFrom(joined(c0, e0, last), out + 2 * plane);
  subtractFrom(joined(c1, e1, last), out + 2 * plane + 16);
}

// @ts-ignore: decorator
@inline
function subtractFrom(value: v128, place: usize): void {
  v128.store(place, i32x4.sub(value, v128.load(place)));
}

// @ts-ignore: decorator
@inline
function centres(last: bool): v128 {
  return v128.load(last ? LAST_CENTRES : CENTRES);
}

// @ts-ignore: decorator
@inline
function centresAndHalf(last: bool): v128 {
  return v128.load(last ? LAST_CENTRES_AND_HALF : CENTRES_AND_HALF);
}

// @ts-ignore: decorator
@inline
function joined(upper: v128, lower: v128, last: bool): v128 {
  return i32x4.add(whole(upper, last), i32x4.shr_u(whole(lower, last), 16));
}

/** mm(a, b) of unsigned lanes. */
// @ts-ignore: decorator
@inline
function meanProduct(a: v128, b: v128): v128 {
  const half = v128.load(WIDE_HALF);
  const low = i64x2.add(i64x2.extmul_low_i32x4_u(a, b), half);
  const high = i64x2.add(i64x2.extmul_high_i32x4_u(a, b), half);
  return upperWords(low, high);
}

/** Pixels of the last block beyond the edge become flat ones of σ² = 0; the statistics take them off again. */
function clearBeyondEdge(block: usize): void {
  for (let i = scaleWidth & 7; i > 0 && i < 8; i++) {
    const place = block + <usize>(((i & 1) << 2) + (i >> 1)) * 4;
    store<i32>(place, 0);
    store<i32>(place + variancePlane, 0);
    store<i32>(place + 2 * variancePlane, 0);
  }
}
