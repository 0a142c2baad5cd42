// Integer arithmetic of the plain references: exact in doubles below 2^53, in BigInt above.

export const roundShift = (value: number, shift: number): number =>
  shift === 0 ? value : Math.floor((value + 2 ** (shift - 1)) / 2 ** shift);

export const roundShiftBig = (value: bigint, shift: bigint): bigint =>
  shift === 0n ? value : (value + (1n << (shift - 1n))) >> shift;

/** The smallest k with 2^k ≥ n. */
export function ceilLog2(n: number): number {
  let k = 0;
  while (2 ** k < n) k++;
  return k;
}

/** A 64-bit integer rounded once to single precision. */
export function toSingle(value: bigint): number {
  let size = value < 0n ? -value : value;
  const bits = size.toString(2).length;
  let dropped = 0;
  if (bits > 53) {
    // keep 40 bits and one that says whether anything follows: the rest cannot change how they round
    dropped = bits - 40;
    const rest = size & ((1n << BigInt(dropped)) - 1n);
    size = (size >> BigInt(dropped)) | (rest === 0n ? 0n : 1n);
  }
  const single = Math.fround(Number(size)) * 2 ** dropped;
  return value < 0n ? -single : single;
}

/** Period 2n − 2: neither edge sample is repeated. */
export function mirror(i: number, n: number): number {
  const period = 2 * n - 2;
  const m = ((i % period) + period) % period;
  return m < n ? m : period - m;
}

/** The first sample is not repeated, the last one is. */
export function mirrorRepeatingLast(i: number, n: number): number {
  if (i < 0) return -i;
  return i < n ? i : 2 * n - 1 - i;
}
