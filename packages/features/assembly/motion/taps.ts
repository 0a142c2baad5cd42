// The Gaussian of motion: 3571 16004 26386 16004 3571, in units of 2⁻¹⁶, sum 65536.
import { tapPair } from '../lanes';

/** The taps as pairs for two neighbouring outputs, 2j and 2j + 1, which read the same three pairs of samples. */
export const TAP_PAIRS: usize = memory.data(6 * 16, 16);
const SINGLE: usize = memory.data<i32>([3571, 16004, 26386, 16004, 3571]);

export function prepareMotionTaps(): void {
  v128.store(TAP_PAIRS, tapPair(3571, 16004), 0);
  v128.store(TAP_PAIRS, tapPair(26386, 16004), 16);
  v128.store(TAP_PAIRS, tapPair(3571, 0), 32);
  v128.store(TAP_PAIRS, tapPair(0, 3571), 48);
  v128.store(TAP_PAIRS, tapPair(16004, 26386), 64);
  v128.store(TAP_PAIRS, tapPair(16004, 3571), 80);
}

/** The tap of sample k − 2. */
export function motionTap(k: i32): i64 {
  return load<i32>(SINGLE + <usize>k * 4);
}

/** Σ taps · samples for the even or the odd output, of three vectors of pairs. */
// @ts-ignore: decorator
@inline
export function weigh(a: v128, b: v128, c: v128, t0: v128, t1: v128, t2: v128): v128 {
  return i32x4.add(i32x4.add(i32x4.dot_i16x8_s(a, t0), i32x4.dot_i16x8_s(b, t1)), i32x4.dot_i16x8_s(c, t2));
}
