// The numerator of scales 1 to 3: the masked cubes of a part's weighted coefficients w.
//
//   x = max(|w| − threshold, 0);  z with s = 30 and p = ⌈log2 W⌉
import { sumWideLanes } from '../lanes';
import { addShiftedCubes, shiftedCube } from './cubes';
import { bandHeight, bandWidth, ceilLog2, halfOf, left, right } from './geometry';
import { ADDITIVE, centreRow, RESTORED, rowSamples, shareSums, signalRow } from './layout';
import { sumShares, thresholdAt, thresholds } from './threshold';
import { addToTotal } from './totals';

const SQUARE: i32 = 30;
const ROUNDING: usize = memory.data<i64>([536870912, 536870912], 16);

/** Adds row i of `part`, masked by the other one. */
export function addWideNumeratorRow(part: i32, i: i32): void {
  const masking = part == RESTORED ? ADDITIVE : RESTORED;
  sumShares(masking, i);
  const centres = centreRow(masking, i);
  const hRow = signalRow(part, i);
  const vRow = hRow + 4 * rowSamples;
  const dRow = hRow + 8 * rowSamples;
  const shift = ceilLog2(bandWidth);
  const half = i64x2.splat(halfOf(shift));
  const rounding = v128.load(ROUNDING);
  const zero = i32x4.splat(0);
  let h = i64x2.splat(0);
  let v = h;
  let d = h;
  let j = left;
  for (; j + 4 <= right; j += 4) {
    const at = 4 * j;
    const threshold = thresholds(shareSums + at, centres + at);
    const xh = i32x4.max_s(i32x4.sub(v128.load(hRow + at), threshold), zero);
    const xv = i32x4.max_s(i32x4.sub(v128.load(vRow + at), threshold), zero);
    const xd = i32x4.max_s(i32x4.sub(v128.load(dRow + at), threshold), zero);
    h = addShiftedCubes(h, xh, SQUARE, rounding, shift, half);
    v = addShiftedCubes(v, xv, SQUARE, rounding, shift, half);
    d = addShiftedCubes(d, xd, SQUARE, rounding, shift, half);
  }
  let sumH = sumWideLanes(h);
  let sumV = sumWideLanes(v);
  let sumD = sumWideLanes(d);
  for (; j < right; j++) {
    const at = 4 * j;
    const threshold = thresholdAt(masking, i, j);
    sumH += shiftedCube(load<i32>(hRow + at) - threshold, SQUARE, shift);
    sumV += shiftedCube(load<i32>(vRow + at) - threshold, SQUARE, shift);
    sumD += shiftedCube(load<i32>(dRow + at) - threshold, SQUARE, shift);
  }
  const rowShift = ceilLog2(bandHeight);
  addToTotal(part, 0, sumH, rowShift);
  addToTotal(part, 1, sumV, rowShift);
  addToTotal(part, 2, sumD, rowShift);
}
