// The denominator: the cubes of the reference's coefficients q = |o|.
//
//   scale 0        q³, row sums shifted by max(0, ⌈log2 area⌉ − 20)
//   scales 1 to 3  ((((q·q + 2^m) >> m)·q + 2^(c−1)) >> c,  m = 31, 30, 31,  c = ⌈log2 columns⌉, row sums by ⌈log2 rows⌉
//
// with columns, rows and area of the middle. 2^m is libvmaf's: it adds one whole unit where a half was meant.
import { lowerWords, sumWideLanes } from '../lanes';
import { bottom, ceilLog2, halfOf, left, right, top } from './geometry';
import { refBands, rowSamples } from './layout';
import { addToTotal, BANDS, DENOMINATOR } from './totals';
import { toIntegers } from './wide-sensitivity';

const ONE: usize = memory.data<i32>([1, 1, 1, 1], 16);

export function area(): i32 {
  return (right - left) * (bottom - top);
}

export function denominatorRowShift(scale: i32): i32 {
  return scale == 0 ? max(0, ceilLog2(area()) - 20) : ceilLog2(bottom - top);
}

export function denominatorCubeShift(scale: i32): i32 {
  return scale == 0 ? 0 : ceilLog2(right - left);
}

/** Adds the row of reference bands of scale 0. */
export function addDenominatorRow(): void {
  const hRow = refBands;
  const vRow = hRow + 2 * rowSamples;
  const dRow = hRow + 4 * rowSamples;
  let h = i64x2.splat(0), v = h, d = h;
  let j = left;
  for (; j + 8 <= right; j += 8) {
    h = i64x2.add(h, cubesOf(i16x8.abs(v128.load(hRow + 2 * j))));
    v = i64x2.add(v, cubesOf(i16x8.abs(v128.load(vRow + 2 * j))));
    d = i64x2.add(d, cubesOf(i16x8.abs(v128.load(dRow + 2 * j))));
  }
  const rowShift = denominatorRowShift(0);
  addToTotal(DENOMINATOR, 0, sumWideLanes(h) + restOfRow(hRow, j), rowShift);
  addToTotal(DENOMINATOR, 1, sumWideLanes(v) + restOfRow(vRow, j), rowShift);
  addToTotal(DENOMINATOR, 2, sumWideLanes(d) + restOfRow(dRow, j), rowShift);
}

/** The cubes from position j on. */
function restOfRow(row: usize, j: i32): i64 {
  let sum: i64 = 0;
  for (; j < right; j++) {
    const q = <i64>abs(<i32>load<i16>(row + 2 * j));
    sum += q * q * q;
  }
  return sum;
}

/** Eight cubes, in two sums. */
// @ts-ignore: decorator
@inline
function cubesOf(q: v128): v128 {
  const low = i32x4.extend_low_i16x8_u(q);
  const high = i32x4.extend_high_i16x8_u(q);
  const lowSquare = i32x4.extmul_low_i16x8_u(q, q);
  const highSquare = i32x4.extmul_high_i16x8_u(q, q);
  return i64x2.add(
    i64x2.add(i64x2.extmul_low_i32x4_u(lowSquare, low), i64x2.extmul_high_i32x4_u(lowSquare, low)),
    i64x2.add(i64x2.extmul_low_i32x4_u(highSquare, high), i64x2.extmul_high_i32x4_u(highSquare, high)),
  );
}

/** Adds the row of reference bands of scale 1, 2 or 3. */
export function addWideDenominatorRow(scale: i32): void {
  const squareShift = scale == 2 ? 30 : 31;
  const cubeShift = denominatorCubeShift(scale);
  const rowShift = denominatorRowShift(scale);
  const half = i64x2.splat(halfOf(cubeShift));
  for (let band = 0; band < BANDS; band++) {
    const row = refBands + <usize>(band * rowSamples) * 8;
    let lanes = i64x2.splat(0);
    let j = left;
    for (; j + 4 <= right; j += 4) {
      const at = row + 8 * j;
      const q = i32x4.abs(toIntegers(v128.load(at), v128.load(at, 16)));
      lanes = i64x2.add(lanes, shiftedCubesOf(q, squareShift, cubeShift, half));
    }
    let sum = sumWideLanes(lanes);
    for (; j < right; j++) {
      const q = <u64>Math.abs(load<f64>(row + 8 * j));
      sum += <i64>(((((q * q) >> squareShift) + 1) * q + <u64>halfOf(cubeShift)) >> cubeShift);
    }
    addToTotal(DENOMINATOR, band, sum, rowShift);
  }
}

// @ts-ignore: decorator
@inline
function shiftedCubesOf(q: v128, squareShift: i32, cubeShift: i32, half: v128): v128 {
  const low = i64x2.shr_u(i64x2.extmul_low_i32x4_u(q, q), squareShift);
  const high = i64x2.shr_u(i64x2.extmul_high_i32x4_u(q, q), squareShift);
  const square = i32x4.add(lowerWords(low, high), v128.load(ONE));
  return i64x2.add(
    i64x2.shr_u(i64x2.add(i64x2.extmul_low_i32x4_u(square, q), half), cubeShift),
    i64x2.shr_u(i64x2.add(i64x2.extmul_high_i32x4_u(square, q), half), cubeShift),
  );
}
