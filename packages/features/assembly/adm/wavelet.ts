// The Daubechies-2 wavelet transform of scale 0, in 16-bit integers.
//
//   low  = 15826 27411 7345 −4240 (sum 46342),  high = −4240 −7345 27411 −15826 (sum 0)
//
// Output k reads samples 2k − 1 … 2k + 2, mirrored, the last one repeated. Along columns
//   lo = (Σ low·v − 46342·2^(b−1) + 2^(b−1)) >> b,  hi = (Σ high·v + 2^(b−1)) >> b
// then along rows, each (Σ + 2^15) >> 16:  a = low of lo,  v = high of lo,  h = low of hi,  d = high of hi.
import { mirrorRepeatingLast } from '../border';
import { interleaveHigh, interleaveLow, upperHalves } from '../lanes';
import { depth, height, rowBytes, width } from '../picture';
import { endColumn, firstColumn } from './geometry';
import { rowSamples } from './layout';

/** Taps 0 and 1, taps 2 and 3, as pairs of 16 bits. */
const LOW_01: usize = memory.data<i16>([15826, 27411, 15826, 27411, 15826, 27411, 15826, 27411], 16);
const LOW_23: usize = memory.data<i16>([7345, -4240, 7345, -4240, 7345, -4240, 7345, -4240], 16);
const HIGH_01: usize = memory.data<i16>([-4240, -7345, -4240, -7345, -4240, -7345, -4240, -7345], 16);
const HIGH_23: usize = memory.data<i16>([27411, -15826, 27411, -15826, 27411, -15826, 27411, -15826], 16);
/** 128 − 46342·128 and 128: what 8-bit samples need, which are not centred. */
const BYTE_LOW: usize = memory.data<i32>([-5931648, -5931648, -5931648, -5931648], 16);
const BYTE_HIGH: usize = memory.data<i32>([128, 128, 128, 128], 16);
/** 2^(b−1), what words are centred by and what their sums are rounded by; in memory, as V8 builds a splat at every use. */
const WORD_CENTRE: usize = memory.data(16, 16);
const WORD_ROUNDING: usize = memory.data(16, 16);
const HALF: usize = memory.data<i32>([32768, 32768, 32768, 32768], 16);

// @ts-ignore: decorator
@inline
export function lowTaps01(): v128 {
  return v128.load(LOW_01);
}

// @ts-ignore: decorator
@inline
export function lowTaps23(): v128 {
  return v128.load(LOW_23);
}

// @ts-ignore: decorator
@inline
export function highTaps01(): v128 {
  return v128.load(HIGH_01);
}

// @ts-ignore: decorator
@inline
export function highTaps23(): v128 {
  return v128.load(HIGH_23);
}

/** Σ taps·v of four positions, given pairs of their samples 0 1 and 2 3, and the pairs of taps. */
// @ts-ignore: decorator
@inline
export function sumOf(v01: v128, v23: v128, k01: v128, k23: v128): v128 {
  return i32x4.add(i32x4.dot_i16x8_s(v01, k01), i32x4.dot_i16x8_s(v23, k23));
}

/** Row i of a plane, low and high along columns, with its border. */
export function transformColumns(plane: usize, i: i32, low: usize, high: usize): void {
  const r0 = plane + mirrorRepeatingLast(2 * i - 1, height) * rowBytes();
  const r1 = plane + 2 * i * rowBytes();
  const r2 = plane + mirrorRepeatingLast(2 * i + 1, height) * rowBytes();
  const r3 = plane + mirrorRepeatingLast(2 * i + 2, height) * rowBytes();
  const begin = max(0, 2 * firstColumn - 16);
  const end = min(width, 2 * (endColumn + 8) + 16);
  if (depth == 8) transformByteColumns(r0, r1, r2, r3, begin, end, low, high);
  else if (depth == 10) transformTenBitColumns(r0, r1, r2, r3, begin, end, low, high);
  else transformDeepColumns(r0, r1, r2, r3, begin, end, low, high);
  extend(low);
  extend(high);
}

function extend(row: usize): void {
  store<i16>(row - 2, load<i16>(row + 2));
  const end = row + 2 * width;
  store<i16>(end, load<i16>(end - 2));
  store<i16>(end + 2, load<i16>(end - 4));
}

function transformByteColumns(
  r0: usize, r1: usize, r2: usize, r3: usize, begin: i32, end: i32, low: usize, high: usize,
): void {
  const l01 = lowTaps01();
  const l23 = lowTaps23();
  const h01 = highTaps01();
  const h23 = highTaps23();
  const lowRounding = v128.load(BYTE_LOW);
  const highRounding = v128.load(BYTE_HIGH);
  for (let x = begin; x < end; x += 16) {
    const a = v128.load(r0 + x);
    const b = v128.load(r1 + x);
    const c = v128.load(r2 + x);
    const d = v128.load(r3 + x);
    let v01 = pairLow(a, b);
    let v23 = pairLow(c, d);
    storeOfBytes(low + 2 * x, v01, v23, l01, l23, lowRounding);
    storeOfBytes(high + 2 * x, v01, v23, h01, h23, highRounding);
    v01 = pairHigh(a, b);
    v23 = pairHigh(c, d);
    storeOfBytes(low + 2 * x + 16, v01, v23, l01, l23, lowRounding);
    storeOfBytes(high + 2 * x + 16, v01, v23, h01, h23, highRounding);
  }
}

// @ts-ignore: decorator
@inline
function pairLow(a: v128, b: v128): v128 {
  return v128.shuffle<u8>(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

// @ts-ignore: decorator
@inline
function pairHigh(a: v128, b: v128): v128 {
  return v128.shuffle<u8>(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

/** The sums of eight columns, given their bytes in pairs. */
// @ts-ignore: decorator
@inline
function storeOfBytes(place: usize, v01: v128, v23: v128, k01: v128, k23: v128, rounding: v128): void {
  const first = sumOf(i16x8.extend_low_i8x16_u(v01), i16x8.extend_low_i8x16_u(v23), k01, k23);
  const second = sumOf(i16x8.extend_high_i8x16_u(v01), i16x8.extend_high_i8x16_u(v23), k01, k23);
  const a = i32x4.shr_s(i32x4.add(first, rounding), 8);
  const b = i32x4.shr_s(i32x4.add(second, rounding), 8);
  v128.store(place, i16x8.narrow_i32x4_s(a, b));
}

// two functions, not two branches, which the compiler would fold into one with shifts by a variable
function transformTenBitColumns(
  r0: usize, r1: usize, r2: usize, r3: usize, begin: i32, end: i32, low: usize, high: usize,
): void {
  transformWordColumns(r0, r1, r2, r3, begin, end, low, high, 10);
}

function transformDeepColumns(
  r0: usize, r1: usize, r2: usize, r3: usize, begin: i32, end: i32, low: usize, high: usize,
): void {
  transformWordColumns(r0, r1, r2, r3, begin, end, low, high, depth);
}

/** Samples are centred first: the total is the same, and no sum passes 32 bits. */
// @ts-ignore: decorator
@inline
function transformWordColumns(
  r0: usize, r1: usize, r2: usize, r3: usize, begin: i32, end: i32, low: usize, high: usize, bits: i32,
): void {
  const half: i32 = 1 << (depth - 1);
  v128.store(WORD_CENTRE, i16x8.splat(<i16>half));
  v128.store(WORD_ROUNDING, i32x4.splat(half));
  const centre = v128.load(WORD_CENTRE);
  const rounding = v128.load(WORD_ROUNDING);
  const l01 = lowTaps01();
  const l23 = lowTaps23();
  const h01 = highTaps01();
  const h23 = highTaps23();
  for (let x = begin; x < end; x += 8) {
    const a = i16x8.sub(v128.load(r0 + 2 * x), centre);
    const b = i16x8.sub(v128.load(r1 + 2 * x), centre);
    const c = i16x8.sub(v128.load(r2 + 2 * x), centre);
    const d = i16x8.sub(v128.load(r3 + 2 * x), centre);
    let v01 = interleaveLow(a, b);
    let v23 = interleaveLow(c, d);
    const low0 = i32x4.shr_s(i32x4.add(sumOf(v01, v23, l01, l23), rounding), bits);
    const high0 = i32x4.shr_s(i32x4.add(sumOf(v01, v23, h01, h23), rounding), bits);
    v01 = interleaveHigh(a, b);
    v23 = interleaveHigh(c, d);
    const low1 = i32x4.shr_s(i32x4.add(sumOf(v01, v23, l01, l23), rounding), bits);
    const high1 = i32x4.shr_s(i32x4.add(sumOf(v01, v23, h01, h23), rounding), bits);
    v128.store(low + 2 * x, i16x8.narrow_i32x4_s(low0, low1));
    v128.store(high + 2 * x, i16x8.narrow_i32x4_s(high0, high1));
  }
}

/** One row of the four bands: a into its plane, h, v, d into the band rows. */
export function transformRows(low: usize, high: usize, a: usize, bands: usize): void {
  const h = bands;
  const v = bands + 2 * rowSamples;
  const d = bands + 4 * rowSamples;
  const l01 = lowTaps01();
  const l23 = lowTaps23();
  const h01 = highTaps01();
  const h23 = highTaps23();
  const half = v128.load(HALF);
  for (let j = firstColumn; j < endColumn; j += 8) {
    transformRow(low + 2 * (2 * j - 1), a + 2 * j, v + 2 * j, l01, l23, h01, h23, half);
    transformRow(high + 2 * (2 * j - 1), h + 2 * j, d + 2 * j, l01, l23, h01, h23, half);
  }
}

/** Low and high of eight positions; unaligned loads two samples apart are the pairs of samples that both need. */
// @ts-ignore: decorator
@inline
function transformRow(
  first: usize, low: usize, high: usize, l01: v128, l23: v128, h01: v128, h23: v128, half: v128,
): void {
  const a = v128.load(first);
  const b = v128.load(first, 16);
  const c = v128.load(first, 4);
  const d = v128.load(first, 20);
  v128.store(low, upperHalves(i32x4.add(sumOf(a, c, l01, l23), half), i32x4.add(sumOf(b, d, l01, l23), half)));
  v128.store(high, upperHalves(i32x4.add(sumOf(a, c, h01, h23), half), i32x4.add(sumOf(b, d, h01, h23), half)));
}
