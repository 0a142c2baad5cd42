// The Daubechies-2 wavelet transform of scales 1 to 3. Its integers need more than 32 bits while they are summed; all stay
// below 2^53, so doubles hold them exactly, also of taps times 2^−n, and ⌊x + ½⌋ of such a sum is the rounded shift.
//
//              along columns             along rows
//   scale 1    Σ                         (Σ + 2^14) >> 15
//   scale 2    (Σ + 2^15) >> 16          (Σ + 2^15) >> 16
//   scale 3    (Σ + 2^15) >> 16          (Σ + 2^14) >> 15
import { mirrorRepeatingLast } from '../border';
import { interleaveHigh, interleaveLow, upperPair } from '../lanes';
import { endColumn, firstColumn, inputHeight, inputWidth } from './geometry';
import { planeSamples, rowSamples, widePlaneSamples } from './layout';
import { highTaps01, highTaps23, lowTaps01, lowTaps23, sumOf } from './wavelet';

const LOW_01: usize = memory.data<f64>([15826, 27411], 16);
const LOW_23: usize = memory.data<f64>([7345, -4240], 16);
const HIGH_01: usize = memory.data<f64>([-4240, -7345], 16);
const HIGH_23: usize = memory.data<f64>([27411, -15826], 16);
// the taps along columns, times 2^−16
const TAP_15826: usize = memory.data<f64>([15826.0 / 65536, 15826.0 / 65536], 16);
const TAP_27411: usize = memory.data<f64>([27411.0 / 65536, 27411.0 / 65536], 16);
const TAP_7345: usize = memory.data<f64>([7345.0 / 65536, 7345.0 / 65536], 16);
const TAP_4240: usize = memory.data<f64>([4240.0 / 65536, 4240.0 / 65536], 16);
const HALF: usize = memory.data<f64>([0.5, 0.5], 16);

/** Columns of the input that the transformed part reads. */
function firstInput(): i32 {
  return max(0, 2 * firstColumn - 8) & ~7;
}

function endInput(): i32 {
  return min(inputWidth, 2 * (endColumn + 4) + 2);
}

/** Row i of scale 1, low and high along columns, with its border: of the 16-bit band a of scale 0. */
export function transformNarrowColumns(plane: usize, i: i32, low: usize, high: usize): void {
  const rowBytes = 2 * planeSamples;
  const r0 = plane + mirrorRepeatingLast(2 * i - 1, inputHeight) * rowBytes;
  const r1 = plane + 2 * i * rowBytes;
  const r2 = plane + mirrorRepeatingLast(2 * i + 1, inputHeight) * rowBytes;
  const r3 = plane + mirrorRepeatingLast(2 * i + 2, inputHeight) * rowBytes;
  const end = endInput();
  const l01 = lowTaps01();
  const l23 = lowTaps23();
  const h01 = highTaps01();
  const h23 = highTaps23();
  for (let x = firstInput(); x < end; x += 8) {
    const a = v128.load(r0 + 2 * x);
    const b = v128.load(r1 + 2 * x);
    const c = v128.load(r2 + 2 * x);
    const d = v128.load(r3 + 2 * x);
    let v01 = interleaveLow(a, b);
    let v23 = interleaveLow(c, d);
    storeDoubles(low + 8 * x, sumOf(v01, v23, l01, l23));
    storeDoubles(high + 8 * x, sumOf(v01, v23, h01, h23));
    v01 = interleaveHigh(a, b);
    v23 = interleaveHigh(c, d);
    storeDoubles(low + 8 * x + 32, sumOf(v01, v23, l01, l23));
    storeDoubles(high + 8 * x + 32, sumOf(v01, v23, h01, h23));
  }
  extend(low);
  extend(high);
}

// @ts-ignore: decorator
@inline
function storeDoubles(place: usize, integers: v128): void {
  v128.store(place, f64x2.convert_low_i32x4_s(integers));
  v128.store(place, f64x2.convert_low_i32x4_s(upperPair(integers)), 16);
}

/** The same of scale 2 or 3: of the band a of the scale before. */
export function transformWideColumns(plane: usize, i: i32, low: usize, high: usize): void {
  const rowBytes = 8 * widePlaneSamples;
  const r0 = plane + mirrorRepeatingLast(2 * i - 1, inputHeight) * rowBytes;
  const r1 = plane + 2 * i * rowBytes;
  const r2 = plane + mirrorRepeatingLast(2 * i + 1, inputHeight) * rowBytes;
  const r3 = plane + mirrorRepeatingLast(2 * i + 2, inputHeight) * rowBytes;
  const end = endInput();
  const k15826 = v128.load(TAP_15826);
  const k27411 = v128.load(TAP_27411);
  const k7345 = v128.load(TAP_7345);
  const k4240 = v128.load(TAP_4240);
  for (let x = firstInput(); x < end; x += 2) {
    const a = v128.load(r0 + 8 * x);
    const b = v128.load(r1 + 8 * x);
    const c = v128.load(r2 + 8 * x);
    const d = v128.load(r3 + 8 * x);
    const lows = f64x2.sub(
      f64x2.add(f64x2.mul(a, k15826), f64x2.mul(b, k27411)),
      f64x2.sub(f64x2.mul(d, k4240), f64x2.mul(c, k7345)),
    );
    const highs = f64x2.sub(
      f64x2.sub(f64x2.mul(c, k27411), f64x2.mul(d, k15826)),
      f64x2.add(f64x2.mul(a, k4240), f64x2.mul(b, k7345)),
    );
    v128.store(low + 8 * x, rounded(lows));
    v128.store(high + 8 * x, rounded(highs));
  }
  extend(low);
  extend(high);
}

/** ⌊sum + ½⌋. */
// @ts-ignore: decorator
@inline
function rounded(sum: v128): v128 {
  return f64x2.floor(f64x2.add(sum, v128.load(HALF)));
}

function extend(row: usize): void {
  store<f64>(row - 8, load<f64>(row + 8));
  const end = row + 8 * inputWidth;
  store<f64>(end, load<f64>(end - 8));
  store<f64>(end + 8, load<f64>(end - 16));
}

/** One row of the four bands: a into its plane, h, v, d into the band rows. */
export function transformWideRows(scale: i32, low: usize, high: usize, a: usize, bands: usize): void {
  const unit = f64x2.splat(scale == 2 ? 1.0 / 65536 : 1.0 / 32768);
  const h = bands;
  const v = bands + 8 * rowSamples;
  const d = bands + 16 * rowSamples;
  const l01 = f64x2.mul(v128.load(LOW_01), unit);
  const l23 = f64x2.mul(v128.load(LOW_23), unit);
  const h01 = f64x2.mul(v128.load(HIGH_01), unit);
  const h23 = f64x2.mul(v128.load(HIGH_23), unit);
  for (let j = firstColumn; j < endColumn; j += 2) {
    transformRow(low + 8 * (2 * j - 1), a + 8 * j, v + 8 * j, l01, l23, h01, h23);
    transformRow(high + 8 * (2 * j - 1), h + 8 * j, d + 8 * j, l01, l23, h01, h23);
  }
}

/** Low and high of two positions. */
// @ts-ignore: decorator
@inline
function transformRow(
  first: usize, low: usize, high: usize, l01: v128, l23: v128, h01: v128, h23: v128,
): void {
  const a = v128.load(first);
  const b = v128.load(first, 16);
  const c = v128.load(first, 32);
  v128.store(low, rounded(twoSums(a, b, c, l01, l23)));
  v128.store(high, rounded(twoSums(a, b, c, h01, h23)));
}

/** Σ taps·v of the samples a b and of the samples b c. */
// @ts-ignore: decorator
@inline
function twoSums(a: v128, b: v128, c: v128, k01: v128, k23: v128): v128 {
  const first = f64x2.add(f64x2.mul(a, k01), f64x2.mul(b, k23));
  const second = f64x2.add(f64x2.mul(b, k01), f64x2.mul(c, k23));
  return f64x2.add(v128.shuffle<i64>(first, second, 0, 2), v128.shuffle<i64>(first, second, 1, 3));
}
