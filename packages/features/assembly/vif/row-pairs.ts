// Pairs of rows (2q, 2q + 1) of both images, interleaved for dot products along columns.
//
// Of bytes only v − 128 is kept, whose products fit 16 bits and are made while filtering. Of 16-bit samples the products
// r², d² and rd are kept as upper and lower halves; all streams as value − 2^15.
import { mirror } from '../border';
import { interleaveHigh, interleaveLow } from '../lanes';
import { distorted, imageRow, isBytes, pairSlot, reference, scale, scaleHeight, scaleWidth } from './layout';

/** Offsets of the streams in the first half of a block of eight columns; the second half follows. */
export const PAIR_DIST: usize = 16;
export const PAIR_REF_REF: usize = 32;
export const PAIR_DIST_DIST: usize = 64;
export const PAIR_REF_DIST: usize = 96;
const SECOND_HALF: usize = 128;

export function fillPair(q: i32): void {
  const upper = <usize>(mirror(2 * q, scaleHeight) * imageRow);
  const lower = <usize>(mirror(2 * q + 1, scaleHeight) * imageRow);
  const slot = pairSlot(q);
  if (isBytes(scale)) fillBytes(slot, reference + upper, reference + lower, distorted + upper, distorted + lower);
  else fillWords(slot, reference + upper, reference + lower, distorted + upper, distorted + lower);
}

function fillBytes(slot: usize, r0: usize, r1: usize, d0: usize, d1: usize): void {
  const centre = i16x8.splat(128);
  for (let x = 0; x < scaleWidth; x += 8, slot += 64) {
    const a = i16x8.sub(v128.load8x8_u(r0 + x), centre);
    const b = i16x8.sub(v128.load8x8_u(r1 + x), centre);
    const c = i16x8.sub(v128.load8x8_u(d0 + x), centre);
    const d = i16x8.sub(v128.load8x8_u(d1 + x), centre);
    v128.store(slot, interleaveLow(a, b));
    v128.store(slot, interleaveLow(c, d), PAIR_DIST);
    v128.store(slot, interleaveHigh(a, b), 32);
    v128.store(slot, interleaveHigh(c, d), 32 + PAIR_DIST);
  }
}

function fillWords(slot: usize, r0: usize, r1: usize, d0: usize, d1: usize): void {
  // reduced images are kept as value − 2^15
  const stored = i16x8.splat(scale == 0 ? 0 : -32768);
  for (let x: usize = 0, end = <usize>scaleWidth * 2; x < end; x += 16, slot += 256) {
    const a = v128.xor(v128.load(r0 + x), stored);
    const b = v128.xor(v128.load(r1 + x), stored);
    const c = v128.xor(v128.load(d0 + x), stored);
    const d = v128.xor(v128.load(d1 + x), stored);
    storeCentred(slot, a, b);
    storeCentred(slot + PAIR_DIST, c, d);
    storeProducts(slot + PAIR_REF_REF, a, a, b, b);
    storeProducts(slot + PAIR_DIST_DIST, c, c, d, d);
    storeProducts(slot + PAIR_REF_DIST, a, c, b, d);
  }
}

/** The products of the upper row's a and c, and of the lower row's b and d. */
// @ts-ignore: decorator
@inline
function storeProducts(slot: usize, a: v128, c: v128, b: v128, d: v128): void {
  storeCentred(slot, upperProduct(a, c), upperProduct(b, d));
  storeCentred(slot + 16, i16x8.mul(a, c), i16x8.mul(b, d));
}

// @ts-ignore: decorator
@inline
function storeCentred(slot: usize, upper: v128, lower: v128): void {
  const centre = i16x8.splat(-32768);
  const a = v128.xor(upper, centre);
  const b = v128.xor(lower, centre);
  v128.store(slot, interleaveLow(a, b));
  v128.store(slot, interleaveHigh(a, b), SECOND_HALF);
}

/** (a·b) >> 16 of unsigned lanes. */
// @ts-ignore: decorator
@inline
function upperProduct(a: v128, b: v128): v128 {
  return i16x8.narrow_i32x4_u(
    i32x4.shr_u(i32x4.extmul_low_i16x8_u(a, b), 16),
    i32x4.shr_u(i32x4.extmul_high_i16x8_u(a, b), 16),
  );
}
