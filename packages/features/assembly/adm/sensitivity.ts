// Contrast sensitivity at scale 0: the weighted size of a coefficient, and what it gives to the masking threshold.
//
//   w = (36453·x + 2^14) >> 15 for h and v,  (49417·x + 65535) >> 17 for d, as 16-bit integers
//   share of each neighbour's threshold  f = (4369·|w| + 2^11) >> 12          (1/15 and a factor of 16)
//   its own threshold                    c = (8738·|w| + 2^11) >> 12, as a 16-bit integer, which wraps beyond |w| = 15360
//
// In 16-bit lanes, with q15(a, b) = (a·b + 2^14) >> 15, each checked over all reachable values:
//   w = x + q15(x, 3685),  w = ((x << 16) − 16119·x + 65535) >> 17,  f = |w| + q15(|w|, 2184),  c = 2·|w| + q15(|w|, 4368)
import { multiplyQ15 } from '../lanes';

// a copy for each band: the operand of a multiplication must come fresh from memory (`multiplyQ15`)
const BEYOND_ONE: usize = memory.data<i16>([
  3685, 3685, 3685, 3685, 3685, 3685, 3685, 3685,
  3685, 3685, 3685, 3685, 3685, 3685, 3685, 3685,
], 16);
const DIAGONAL: usize = memory.data<i16>([-16119, -16119, -16119, -16119, -16119, -16119, -16119, -16119], 16);
const DIAGONAL_ROUNDING: usize = memory.data<i32>([65535, 65535, 65535, 65535], 16);
const SHARE: usize = memory.data<i16>([
  2184, 2184, 2184, 2184, 2184, 2184, 2184, 2184,
  2184, 2184, 2184, 2184, 2184, 2184, 2184, 2184,
  2184, 2184, 2184, 2184, 2184, 2184, 2184, 2184,
], 16);
const CENTRE: usize = memory.data<i16>([
  4368, 4368, 4368, 4368, 4368, 4368, 4368, 4368,
  4368, 4368, 4368, 4368, 4368, 4368, 4368, 4368,
  4368, 4368, 4368, 4368, 4368, 4368, 4368, 4368,
], 16);

/** |w| of eight coefficients of band h or v. */
// @ts-ignore: decorator
@inline
function weighted(x: v128, factor: usize): v128 {
  return i16x8.abs(i16x8.add(x, multiplyQ15(v128.load(factor), x)));
}

/** |w| of eight coefficients of band d. */
// @ts-ignore: decorator
@inline
function weightedDiagonal(x: v128): v128 {
  const zero = i32x4.splat(0);
  const factor = v128.load(DIAGONAL);
  const rounding = v128.load(DIAGONAL_ROUNDING);
  const low = i32x4.add(v128.shuffle<i16>(zero, x, 0, 8, 0, 9, 0, 10, 0, 11), i32x4.extmul_low_i16x8_s(x, factor));
  const high = i32x4.add(v128.shuffle<i16>(zero, x, 0, 12, 0, 13, 0, 14, 0, 15), i32x4.extmul_high_i16x8_s(x, factor));
  return i16x8.abs(
    i16x8.narrow_i32x4_s(i32x4.shr_s(i32x4.add(low, rounding), 17), i32x4.shr_s(i32x4.add(high, rounding), 17)),
  );
}

// @ts-ignore: decorator
@inline
function shareOf(w: v128, factor: usize): v128 {
  return i16x8.add(w, multiplyQ15(v128.load(factor), w));
}

// @ts-ignore: decorator
@inline
function centreOf(w: v128, factor: usize): v128 {
  return i16x8.add(i16x8.add(w, w), multiplyQ15(v128.load(factor), w));
}

/** Stores what eight positions of bands h, v, d give to thresholds: shares, and the difference of centre and shares. */
// @ts-ignore: decorator
@inline
export function storeThresholds(h: v128, v: v128, d: v128, shares: usize, centres: usize): void {
  const wh = weighted(h, BEYOND_ONE);
  const wv = weighted(v, BEYOND_ONE + 16);
  const wd = weightedDiagonal(d);
  const share = i16x8.add(i16x8.add(shareOf(wh, SHARE), shareOf(wv, SHARE + 16)), shareOf(wd, SHARE + 32)); // below 2^16
  const ch = centreOf(wh, CENTRE);
  const cv = centreOf(wv, CENTRE + 16);
  const cd = centreOf(wd, CENTRE + 32);
  const low = i32x4.extend_low_i16x8_u(share);
  const high = i32x4.extend_high_i16x8_u(share);
  v128.store(shares, low);
  v128.store(shares, high, 16);
  v128.store(centres, i32x4.sub(i32x4.add(i32x4.add(low4(ch), low4(cv)), low4(cd)), low));
  v128.store(centres, i32x4.sub(i32x4.add(i32x4.add(high4(ch), high4(cv)), high4(cd)), high), 16);
}

// @ts-ignore: decorator
@inline
function low4(a: v128): v128 {
  return i32x4.extend_low_i16x8_s(a);
}

// @ts-ignore: decorator
@inline
function high4(a: v128): v128 {
  return i32x4.extend_high_i16x8_s(a);
}
