// Contrast sensitivity at scales 1 to 3: the weighted size of a coefficient, and what it gives to the masking threshold.
//
//   w = (Q·x + 2^27) >> 28,  Q = trunc(2^32·weight)
//   f = (143165577·|w| − 2^31) >> 32,  c = (286331153·|w| − 2^31) >> 32
//
// The minus is libvmaf's: its rounding constant 2^31 lies in a signed 32-bit variable. So f = c = −1 where w = 0.
import { lowerWords, upperWords } from '../lanes';

const TWO_27: usize = memory.data<i64>([134217728, 134217728], 16);
const MINUS_TWO_31: usize = memory.data<i64>([-2147483648, -2147483648], 16);
const SHARE: usize = memory.data<i32>([143165577, 143165577, 143165577, 143165577], 16);
const CENTRE: usize = memory.data<i32>([286331153, 286331153, 286331153, 286331153], 16);
/** 1.5·2^52: added to a double that holds an integer, it leaves the integer in the lower word. */
const MAGIC: usize = memory.data<f64>([6755399441055744, 6755399441055744], 16);

/** Q of bands h and v, and of band d, per scale. */
const WEIGHTS: usize = memory.data<i32>([
  0, 0, 137373792, 61414028, 186284160, 104783920, 196165808, 134487184,
]);

export function edgeWeight(scale: i32): v128 {
  return i32x4.splat(load<i32>(WEIGHTS + <usize>scale * 8));
}

export function diagonalWeight(scale: i32): v128 {
  return i32x4.splat(load<i32>(WEIGHTS + <usize>scale * 8, 4));
}

/** Four doubles that hold integers, as 32-bit lanes. */
// @ts-ignore: decorator
@inline
export function toIntegers(a: v128, b: v128): v128 {
  const magic = v128.load(MAGIC);
  return lowerWords(f64x2.add(a, magic), f64x2.add(b, magic));
}

/** |w| of four coefficients. */
// @ts-ignore: decorator
@inline
export function wideWeighted(x: v128, weight: v128): v128 {
  const rounding = v128.load(TWO_27);
  const low = i64x2.shr_u(i64x2.add(i64x2.extmul_low_i32x4_s(x, weight), rounding), 28);
  const high = i64x2.shr_u(i64x2.add(i64x2.extmul_high_i32x4_s(x, weight), rounding), 28);
  return i32x4.abs(lowerWords(low, high));
}

// @ts-ignore: decorator
@inline
function scaled(w: v128, factor: v128): v128 {
  const rounding = v128.load(MINUS_TWO_31);
  return upperWords(
    i64x2.add(i64x2.extmul_low_i32x4_u(w, factor), rounding),
    i64x2.add(i64x2.extmul_high_i32x4_u(w, factor), rounding),
  );
}

/** Stores what four positions give to thresholds, of their |w| in bands h, v, d: shares, and the difference of centre and shares. */
// @ts-ignore: decorator
@inline
export function storeWideThresholds(wh: v128, wv: v128, wd: v128, shares: usize, centres: usize): void {
  const s = v128.load(SHARE);
  const c = v128.load(CENTRE);
  const share = i32x4.add(i32x4.add(scaled(wh, s), scaled(wv, s)), scaled(wd, s));
  const centre = i32x4.add(i32x4.add(scaled(wh, c), scaled(wv, c)), scaled(wd, c));
  v128.store(shares, share);
  v128.store(centres, i32x4.sub(centre, share));
}
