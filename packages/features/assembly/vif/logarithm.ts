// The base-2 logarithm with 11 fractional bits that VIF adds up.
//
//   L(v) = T[v >> k] + 2048·k, k such that 2^15 ≤ v >> k < 2^16;  T[i] = 2048·log2(i), rounded
//
// T was made in single precision, which lifts values less than 2^−10 under a half to the half: T[i] = ⌊2048·log2(i) + 0.5 + 2^−10⌋.
// No argument comes closer than 1.5e−5 to an integer, so any logarithm in double precision gives this table.
//
// The upper word h of v as a double holds exponent and mantissa: h >> 9 = 2048·exponent + mantissa / 2^−11, a straight line
// between powers of two. A byte for each 15-bit mantissa says how far T is above it:
//   L(v) = (h >> 9) + excess(h) − 2095104

const MANTISSAS: i32 = 32768;
const MANTISSA: usize = memory.data<i32>([32767, 32767, 32767, 32767], 16);
const EXCESS: usize = memory.data(32768, 16);

/** What is to be subtracted for 2048·17 + L: of the denominator's terms 2048·17 is taken off as well. */
export const DENOMINATOR_OFFSET: i32 = 2095104 + 2048 * 17;

export function prepareLogarithm(): void {
  for (let m = 0; m < MANTISSAS; m++) {
    const entry = <i32>Math.floor(2048 * Math.log2(MANTISSAS + m) + 0.5 + 1.0 / 1024);
    store<u8>(EXCESS + m, <u8>(entry - 2048 * 15 - (m >> 4)));
  }
}

/** h >> 9 of four numbers. */
// @ts-ignore: decorator
@inline
export function linearPart(upperWord: v128): v128 {
  return i32x4.shr_u(upperWord, 9);
}

/** The index of each number's excess. */
// @ts-ignore: decorator
@inline
export function mantissas(upperWord: v128): v128 {
  return v128.and(i32x4.shr_u(upperWord, 5), v128.load(MANTISSA));
}

/** The excess at the index that is stored at `address`. */
// @ts-ignore: decorator
@inline
export function excessAt(address: usize): i32 {
  return load<u8>(load<u32>(address), EXCESS);
}
