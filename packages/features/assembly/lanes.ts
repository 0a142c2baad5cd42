// Names for shuffles of vectors.

/** a0 b0 a1 b1 a2 b2 a3 b3 of two vectors of eight 16-bit lanes: what `dot_i16x8_s` multiplies by pairs of taps. */
// @ts-ignore: decorator
@inline
export function interleaveLow(a: v128, b: v128): v128 {
  return v128.shuffle<i16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}

/** a4 b4 a5 b5 a6 b6 a7 b7. */
// @ts-ignore: decorator
@inline
export function interleaveHigh(a: v128, b: v128): v128 {
  return v128.shuffle<i16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
}

/** The upper halves of eight 32-bit lanes: `>> 16`, packed. */
// @ts-ignore: decorator
@inline
export function upperHalves(a: v128, b: v128): v128 {
  return v128.shuffle<i16>(a, b, 1, 3, 5, 7, 9, 11, 13, 15);
}

/** The lower halves of four 64-bit lanes. */
// @ts-ignore: decorator
@inline
export function lowerWords(a: v128, b: v128): v128 {
  return v128.shuffle<i32>(a, b, 0, 2, 4, 6);
}

/** The upper halves of four 64-bit lanes: `>> 32`, packed. */
// @ts-ignore: decorator
@inline
export function upperWords(a: v128, b: v128): v128 {
  return v128.shuffle<i32>(a, b, 1, 3, 5, 7);
}

/** The upper two of four 32-bit lanes, moved down. */
// @ts-ignore: decorator
@inline
export function upperPair(a: v128): v128 {
  return v128.shuffle<i32>(a, a, 2, 3, 2, 3);
}

/** A pair of 16-bit taps in every 32-bit lane. */
export function tapPair(first: i32, second: i32): v128 {
  return i32x4.splat((first & 0xffff) | (second << 16));
}

/** The sum of four 32-bit lanes. */
export function sumLanes(a: v128): i64 {
  return (
    <i64>i32x4.extract_lane(a, 0) + i32x4.extract_lane(a, 1) + i32x4.extract_lane(a, 2) + i32x4.extract_lane(a, 3)
  );
}

/** The sum of two 64-bit lanes. */
export function sumWideLanes(a: v128): i64 {
  return i64x2.extract_lane(a, 0) + i64x2.extract_lane(a, 1);
}

/**
 * (a·b + 2^14) >> 15 of 16-bit lanes. `a` must be a value that was just made and that nothing else uses: without AVX, V8's
 * baseline compiler (seen in 11.3) takes a's register for the result if it is free, else b's if that one is, and then
 * multiplies a by itself. `npm run matrix:features` shows it.
 */
// @ts-ignore: decorator
@inline
export function multiplyQ15(a: v128, b: v128): v128 {
  return i16x8.q15mulr_sat_s(a, b);
}
