// The split of a distorted coefficient t into a restored part r and an additive part t − r, at scale 0, in 16-bit lanes.
//
//   k = clamp(round(2^15·t/o), 0, 2^15), by the reciprocal ⌊2^30/|o|⌋;  r = (k·o + 2^14) >> 15
//   where the edge keeps its direction:  |r| = min(|r|·limit, |t|)
//
// Identities used here, each checked over all reachable values: r = o + q15(o, k − 2^15), with q15(a, b) = (a·b + 2^14) >> 15;
// k = round(|t|·2^15/|o|) in single precision where |o| < 128; above, ⌊2^30/|o|⌋ is a rounded quotient minus one where the
// remainder is negative.
import { multiplyQ15 } from '../lanes';

const SINGLE_32768: usize = memory.data<f32>([32768, 32768, 32768, 32768], 16);
/** 2^23: added to a single it rounds to an integer, whose bits are its own. */
const MAGIC: usize = memory.data<f32>([8388608, 8388608, 8388608, 8388608], 16);
const TWO_30: usize = memory.data<i32>([1073741824, 1073741824, 1073741824, 1073741824], 16);
/** The bits of 2^23 as a single, and 2^15: what is left of them is k − 2^15. */
const MAGIC_AND_TWO_15: usize = memory.data<i32>([1258324096, 1258324096, 1258324096, 1258324096], 16);
/** 2^14 − 2^30: the rounding of a shift by 15, and 2^15 less. */
const ROUNDING_LESS_TWO_15: usize = memory.data<i32>([-1073725440, -1073725440, -1073725440, -1073725440], 16);
const EXACT_BELOW: usize = memory.data<i16>([128, 128, 128, 128, 128, 128, 128, 128], 16);
/** −2^15: no gain, as k − 2^15; and the sign of a lane. */
const NO_GAIN: usize = memory.data<i16>([-32768, -32768, -32768, -32768, -32768, -32768, -32768, -32768], 16);

/** Eight lanes of the limit where it is an integer, and of ⌊32767/limit⌋: beyond that |t| is smaller than the product. */
const WHOLE_LIMIT: usize = memory.data(16, 16);
const LARGEST_FACTOR: usize = memory.data(16, 16);
/** Two lanes of the limit. */
const LIMIT: usize = memory.data(16, 16);

let whole: bool = true;

/** Sets the enhancement gain limit, at least 1; whether it is an integer. */
export function setEnhancementLimit(limit: f64): bool {
  whole = limit == Math.floor(limit) && limit <= 100;
  v128.store(LIMIT, f64x2.splat(limit));
  v128.store(WHOLE_LIMIT, i16x8.splat(whole ? <i16>limit : 1));
  v128.store(LARGEST_FACTOR, i16x8.splat(whole ? <i16>(32767 / <i32>limit) : 32767));
  return whole;
}

/** r of eight coefficients; `close` is a mask, `wholeLimit` a constant. */
// @ts-ignore: decorator
@inline
export function restored(o: v128, t: v128, close: v128, wholeLimit: bool): v128 {
  const size = i16x8.abs(o);
  const target = i16x8.abs(t);
  const within = i16x8.min_s(target, size);
  const lowSize = i32x4.extend_low_i16x8_u(size);
  const highSize = i32x4.extend_high_i16x8_u(size);
  const lowWithin = i32x4.extend_low_i16x8_u(within);
  const highWithin = i32x4.extend_high_i16x8_u(within);
  const lowRatio = ratioOf(lowSize);
  const highRatio = ratioOf(highSize);
  const byReciprocal = i16x8.narrow_i32x4_s(
    gainByReciprocal(lowSize, lowRatio, lowWithin),
    gainByReciprocal(highSize, highRatio, highWithin),
  );
  const byRatio = i16x8.narrow_i32x4_s(gainByRatio(lowRatio, lowWithin), gainByRatio(highRatio, highWithin));
  let k = v128.bitselect(byRatio, byReciprocal, i16x8.lt_s(size, v128.load(EXACT_BELOW)));
  k = v128.andnot(k, i16x8.gt_s(target, size)); // |t| > |o|: the whole of o
  k = i16x8.add_sat_s(k, v128.and(v128.xor(o, t), v128.load(NO_GAIN))); // opposite signs: nothing of it
  const r = i16x8.add(o, multiplyQ15(k, o));
  const sign = i16x8.shr_s(o, 15);
  const enhanced = i16x8.min_s(limited(i16x8.abs(r), wholeLimit), target);
  return v128.bitselect(i16x8.sub(v128.xor(enhanced, sign), sign), r, close);
}

/** 2^15/|o| in single precision. */
// @ts-ignore: decorator
@inline
function ratioOf(o: v128): v128 {
  return f32x4.div(v128.load(SINGLE_32768), f32x4.convert_i32x4_s(o));
}

/** k − 2^15 of four coefficients where |o| ≥ 128; of absolute values, |t| ≤ |o|. */
// @ts-ignore: decorator
@inline
function gainByReciprocal(o: v128, ratio: v128, t: v128): v128 {
  const magic = v128.load(MAGIC);
  const rough = i32x4.sub(f32x4.add(f32x4.mul(ratio, v128.load(SINGLE_32768)), magic), magic);
  const remainder = i32x4.sub(v128.load(TWO_30), i32x4.mul(rough, o));
  const reciprocal = i32x4.add(rough, i32x4.shr_s(remainder, 31));
  return i32x4.shr_s(i32x4.add(i32x4.mul(reciprocal, t), v128.load(ROUNDING_LESS_TWO_15)), 15);
}

/** The same where |o| < 128. */
// @ts-ignore: decorator
@inline
function gainByRatio(ratio: v128, t: v128): v128 {
  const rounded = f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(t), ratio), v128.load(MAGIC));
  return i32x4.sub(rounded, v128.load(MAGIC_AND_TWO_15));
}

/** |r|·limit, cut off where it passes every |t|. */
// @ts-ignore: decorator
@inline
function limited(r: v128, wholeLimit: bool): v128 {
  if (wholeLimit) return i16x8.mul(i16x8.min_s(r, v128.load(LARGEST_FACTOR)), v128.load(WHOLE_LIMIT));
  return i16x8.narrow_i32x4_s(
    fractionally(i32x4.extend_low_i16x8_u(r)),
    fractionally(i32x4.extend_high_i16x8_u(r)),
  );
}

/** The product in double precision, truncated. */
function fractionally(r: v128): v128 {
  const limit = v128.load(LIMIT);
  const low = f64x2.mul(f64x2.convert_low_i32x4_s(r), limit);
  const high = f64x2.mul(f64x2.convert_low_i32x4_s(v128.shuffle<i32>(r, r, 2, 3, 2, 3)), limit);
  const truncated = i32x4.trunc_sat_f64x2_s_zero(high);
  return v128.shuffle<i32>(i32x4.trunc_sat_f64x2_s_zero(low), truncated, 0, 1, 4, 5);
}
