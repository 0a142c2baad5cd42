// The numerator of scale 0: the masked cubes of a part's coefficients x0.
//
//   x = max(|x0·Q| − (threshold << 10), 0), Q = 36453, for h and v;  |x0·Q| − (threshold << 12), Q = 49417, for d
//   z with s = 29 for h and v, 30 for d, and p = ⌈log2 W⌉ − 4 and − 3
import { sumWideLanes } from '../lanes';
import { addShiftedCubes, shiftedCube } from './cubes';
import { bandHeight, bandWidth, ceilLog2, halfOf, left, right } from './geometry';
import { ADDITIVE, centreRow, RESTORED, rowSamples, shareSums, signalRow } from './layout';
import { sumShares, thresholdAt, thresholds } from './threshold';
import { addToTotal } from './totals';

const EDGE_WEIGHT: i32 = 36453;
const DIAGONAL_WEIGHT: i32 = 49417;
const EDGE_WEIGHTS: usize = memory.data<u16>([36453, 36453, 36453, 36453, 36453, 36453, 36453, 36453], 16);
const DIAGONAL_WEIGHTS: usize = memory.data<u16>([49417, 49417, 49417, 49417, 49417, 49417, 49417, 49417], 16);
const EDGE_SQUARE: i32 = 29;
const DIAGONAL_SQUARE: i32 = 30;
const EDGE_ROUNDING: usize = memory.data<i64>([268435456, 268435456], 16);
const DIAGONAL_ROUNDING: usize = memory.data<i64>([536870912, 536870912], 16);

export function edgeCubeShift(): i32 {
  return ceilLog2(bandWidth) - 4;
}

export function diagonalCubeShift(): i32 {
  return ceilLog2(bandWidth) - 3;
}

/** Adds row i of `part`, masked by the other one. */
export function addNumeratorRow(part: i32, i: i32): void {
  if (edgeCubeShift() == 6) addHdRow(part, i);
  else addOtherRow(part, i);
}

// Shifts by constants where pictures are 1025 to 2048 columns wide: V8 takes three instructions more for each other shift.
function addHdRow(part: i32, i: i32): void {
  addRow(part, i, 6, 7);
}

function addOtherRow(part: i32, i: i32): void {
  addRow(part, i, edgeCubeShift(), diagonalCubeShift());
}

// @ts-ignore: decorator
@inline
function addRow(part: i32, i: i32, edgeShift: i32, diagonalShift: i32): void {
  const masking = part == RESTORED ? ADDITIVE : RESTORED;
  sumShares(masking, i);
  const centres = centreRow(masking, i);
  const hRow = signalRow(part, i);
  const vRow = hRow + 2 * rowSamples;
  const dRow = hRow + 4 * rowSamples;
  const edgeHalf = i64x2.splat(halfOf(edgeShift));
  const diagonalHalf = i64x2.splat(halfOf(diagonalShift));
  const edgeRounding = v128.load(EDGE_ROUNDING);
  const diagonalRounding = v128.load(DIAGONAL_ROUNDING);
  const edgeWeights = v128.load(EDGE_WEIGHTS);
  const diagonalWeights = v128.load(DIAGONAL_WEIGHTS);
  const zero = i32x4.splat(0);
  let h = i64x2.splat(0);
  let v = h;
  let d = h;
  let j = left;
  for (; j + 8 <= right; j += 8) {
    const sh = i16x8.abs(v128.load(hRow + 2 * j));
    const sv = i16x8.abs(v128.load(vRow + 2 * j));
    const sd = i16x8.abs(v128.load(dRow + 2 * j));
    let threshold = thresholds(shareSums + 4 * j, centres + 4 * j);
    let edge = i32x4.shl(threshold, 10);
    let diagonal = i32x4.shl(threshold, 12);
    let x = i32x4.max_s(i32x4.sub(i32x4.extmul_low_i16x8_u(sh, edgeWeights), edge), zero);
    h = addShiftedCubes(h, x, EDGE_SQUARE, edgeRounding, edgeShift, edgeHalf);
    x = i32x4.max_s(i32x4.sub(i32x4.extmul_low_i16x8_u(sv, edgeWeights), edge), zero);
    v = addShiftedCubes(v, x, EDGE_SQUARE, edgeRounding, edgeShift, edgeHalf);
    x = i32x4.max_s(i32x4.sub(i32x4.extmul_low_i16x8_u(sd, diagonalWeights), diagonal), zero);
    d = addShiftedCubes(d, x, DIAGONAL_SQUARE, diagonalRounding, diagonalShift, diagonalHalf);
    threshold = thresholds(shareSums + 4 * j + 16, centres + 4 * j + 16);
    edge = i32x4.shl(threshold, 10);
    diagonal = i32x4.shl(threshold, 12);
    x = i32x4.max_s(i32x4.sub(i32x4.extmul_high_i16x8_u(sh, edgeWeights), edge), zero);
    h = addShiftedCubes(h, x, EDGE_SQUARE, edgeRounding, edgeShift, edgeHalf);
    x = i32x4.max_s(i32x4.sub(i32x4.extmul_high_i16x8_u(sv, edgeWeights), edge), zero);
    v = addShiftedCubes(v, x, EDGE_SQUARE, edgeRounding, edgeShift, edgeHalf);
    x = i32x4.max_s(i32x4.sub(i32x4.extmul_high_i16x8_u(sd, diagonalWeights), diagonal), zero);
    d = addShiftedCubes(d, x, DIAGONAL_SQUARE, diagonalRounding, diagonalShift, diagonalHalf);
  }
  let sumH = sumWideLanes(h);
  let sumV = sumWideLanes(v);
  let sumD = sumWideLanes(d);
  for (; j < right; j++) {
    const threshold = thresholdAt(masking, i, j);
    sumH += shiftedCube(sizeAt(hRow, j) * EDGE_WEIGHT - (threshold << 10), EDGE_SQUARE, edgeShift);
    sumV += shiftedCube(sizeAt(vRow, j) * EDGE_WEIGHT - (threshold << 10), EDGE_SQUARE, edgeShift);
    sumD += shiftedCube(sizeAt(dRow, j) * DIAGONAL_WEIGHT - (threshold << 12), DIAGONAL_SQUARE, diagonalShift);
  }
  const rowShift = ceilLog2(bandHeight);
  addToTotal(part, 0, sumH, rowShift);
  addToTotal(part, 1, sumV, rowShift);
  addToTotal(part, 2, sumD, rowShift);
}

function sizeAt(row: usize, j: i32): i32 {
  return abs(<i32>load<i16>(row + 2 * j));
}
