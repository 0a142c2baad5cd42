// The masking threshold: what the eight neighbours and the position itself give, bands h, v, d together.
//
// Row −1 is row 1, the row below the last is the last; columns likewise. With f and c of the position itself,
// the eight neighbours' f + c is the sum of nine f, and c − f, which the centre row holds.
import { bandHeight, bandWidth, left, right } from './geometry';
import { centreRow, shareRow, shareSums } from './layout';

/** Completes a row of shares with its border. */
export function extendShares(part: i32, i: i32): void {
  const row = shareRow(part, i);
  store<i32>(row - 4, load<i32>(row + 4));
  const end = row + 4 * bandWidth;
  store<i32>(end, load<i32>(end - 4));
}

/** Sums of three rows of shares, around row i. */
export function sumShares(part: i32, i: i32): void {
  const above = shareRow(part, i == 0 ? 1 : i - 1);
  const row = shareRow(part, i);
  const below = shareRow(part, i == bandHeight - 1 ? i : i + 1);
  const end = right + 1;
  for (let j = (left - 1) & ~3; j < end; j += 4) {
    const at = 4 * j;
    const sum = i32x4.add(i32x4.add(v128.load(above + at), v128.load(row + at)), v128.load(below + at));
    v128.store(shareSums + at, sum);
  }
}

/** Thresholds of four positions from `sums` and `centres`, the addresses of the first one's. */
// @ts-ignore: decorator
@inline
export function thresholds(sums: usize, centres: usize): v128 {
  return i32x4.add(
    i32x4.add(v128.load(sums - 4), v128.load(sums)),
    i32x4.add(v128.load(sums + 4), v128.load(centres)),
  );
}

/** The threshold of position j of row i. */
export function thresholdAt(part: i32, i: i32, j: i32): i32 {
  const sums = shareSums + 4 * j;
  return load<i32>(sums - 4) + load<i32>(sums) + load<i32>(sums + 4) + load<i32>(centreRow(part, i) + 4 * j);
}
