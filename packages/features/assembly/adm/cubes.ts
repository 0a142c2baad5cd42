// Cubes of what passes its masking threshold, and of the reference coefficients, summed over rows.
//
//   numerator    z = (((x·x + 2^(s−1)) >> s)·x + 2^(p−1)) >> p,  as 32-bit x and 64-bit sums
//
// s and p belong to the band (`numerator.ts`); the cube's own shift is there so that row sums stay exact in 64 bits.
import { lowerWords } from '../lanes';

/** Adds z of four values, 0 or more. `roundings` are 2^(s−1) and 2^(p−1) in both lanes. */
// @ts-ignore: decorator
@inline
export function addShiftedCubes(sum: v128, x: v128, s: i32, squareRounding: v128, p: i32, cubeRounding: v128): v128 {
  const low = i64x2.shr_u(i64x2.add(i64x2.extmul_low_i32x4_u(x, x), squareRounding), s);
  const high = i64x2.shr_u(i64x2.add(i64x2.extmul_high_i32x4_u(x, x), squareRounding), s);
  const square = lowerWords(low, high);
  return i64x2.add(
    sum,
    i64x2.add(
      i64x2.shr_u(i64x2.add(i64x2.extmul_low_i32x4_u(square, x), cubeRounding), p),
      i64x2.shr_u(i64x2.add(i64x2.extmul_high_i32x4_u(square, x), cubeRounding), p),
    ),
  );
}

/** z of one value, 0 below 0. */
export function shiftedCube(x: i32, s: i32, p: i32): i64 {
  if (x <= 0) return 0;
  const wide = <i64>x;
  const square = <i64>(<i32>((wide * wide + (<i64>1 << (s - 1))) >> s));
  return (square * wide + (p > 0 ? <i64>1 << (p - 1) : 0)) >> p;
}
