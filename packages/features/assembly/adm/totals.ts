// Totals of one scale, in 64-bit integers: two numerators and a denominator, each of bands h, v, d.
import { halfOf } from './geometry';

export const BANDS: i32 = 3;
/** The third of the totals; the first two are numbered like the parts. */
export const DENOMINATOR: i32 = 2;
const TOTALS: usize = memory.data(3 * 3 * 8, 16);

export function clearTotals(): void {
  memory.fill(TOTALS, 0, 3 * BANDS * 8);
}

export function totalOf(which: i32, band: i32): i64 {
  return load<i64>(TOTALS + <usize>(which * BANDS + band) * 8);
}

/** Adds a row's sum, which is not negative, as (sum + 2^(shift−1)) >> shift. */
export function addToTotal(which: i32, band: i32, sum: i64, shift: i32): void {
  const place = TOTALS + <usize>(which * BANDS + band) * 8;
  store<i64>(place, load<i64>(place) + <i64>(<u64>(sum + halfOf(shift)) >> shift));
}
