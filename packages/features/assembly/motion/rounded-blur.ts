// Motion of libvmaf before 3.2.0: the sum over the picture of |blur(previous) − blur(current)|, each blur rounded on its own.
//
//   column = (Σ f·v + 2^(b−1)) >> b,  blur = (Σ f·column + 2^15) >> 16, both unsigned 16-bit
//
// and the last sample is repeated at the right and at the bottom. Samples are kept as v − 2^15: then Σ f·(v − 2^15) = Σ f·v − 2^31.
import { mirrorRepeatingLast } from '../border';
import { interleaveHigh, interleaveLow, sumLanes } from '../lanes';
import { depth, height, previousPlane, referencePlane, rowBytes, width } from '../picture';
import { blocksOf, evenRow, layOutMotion, oddRow, pairBytes, pairSlot, streamBytes } from './buffers';
import { motionTap, TAP_PAIRS, weigh } from './taps';

/** SAD of the rounded blurs of the current and the previous reference. */
export function roundedSad(): u64 {
  let total: u64 = 0;
  layOutMotion();
  centredPair(-1);
  centredPair(0);
  for (let y = 0; y < height; y += 2) {
    centredPair((y >> 1) + 1);
    filterColumns(y >> 1, 0);
    filterColumns(y >> 1, 1);
    total += rowSad(evenRow);
    if (y + 1 < height) total += rowSad(oddRow);
  }
  return total;
}

/** Rows 2q and 2q + 1 of both frames, as samples − 2^15: the previous frame in the first stream, the current one in the second. */
function centredPair(q: i32): void {
  const upper = <usize>(mirrorRepeatingLast(2 * q, height) * rowBytes());
  const lower = <usize>(mirrorRepeatingLast(2 * q + 1, height) * rowBytes());
  centre(pairSlot(q), previousPlane() + upper, previousPlane() + lower);
  centre(pairSlot(q) + pairBytes, referencePlane() + upper, referencePlane() + lower);
}

function centre(slot: usize, upper: usize, lower: usize): void {
  const bytes = depth == 8;
  for (let x = 0; x < width; x += 8, slot += 32) {
    const a = centred(bytes ? v128.load8x8_u(upper + x) : v128.load(upper + 2 * x));
    const b = centred(bytes ? v128.load8x8_u(lower + x) : v128.load(lower + 2 * x));
    v128.store(slot, interleaveLow(a, b));
    v128.store(slot, interleaveHigh(a, b), 16);
  }
}

// @ts-ignore: decorator
@inline
function centred(samples: v128): v128 {
  return v128.xor(samples, i16x8.splat(-32768));
}

/** Rows 2q and 2q + 1 of one frame's stream, filtered along columns. */
function filterColumns(q: i32, stream: usize): void {
  const a = pairSlot(q - 1) + stream * pairBytes;
  const b = pairSlot(q) + stream * pairBytes;
  const c = pairSlot(q + 1) + stream * pairBytes;
  const rounding = i32x4.splat(<i32>0x80000000 + (1 << (depth - 1)));
  const end = <usize>blocksOf(width) * 32;
  let out = stream * streamBytes;
  for (let i: usize = 0; i < end; i += 16, out += 8) {
    const va = v128.load(a + i);
    const vb = v128.load(b + i);
    const vc = v128.load(c + i);
    const even = i32x4.shr_u(i32x4.add(evenSum(va, vb, vc), rounding), depth);
    const odd = i32x4.shr_u(i32x4.add(oddSum(va, vb, vc), rounding), depth);
    const both = centred(i16x8.narrow_i32x4_u(even, odd));
    v128.store64_lane(evenRow + out, both, 0);
    v128.store64_lane(oddRow + out, both, 1);
  }
}

// @ts-ignore: decorator
@inline
function evenSum(a: v128, b: v128, c: v128): v128 {
  return weigh(a, b, c, v128.load(TAP_PAIRS, 0), v128.load(TAP_PAIRS, 16), v128.load(TAP_PAIRS, 32));
}

// @ts-ignore: decorator
@inline
function oddSum(a: v128, b: v128, c: v128): v128 {
  return weigh(a, b, c, v128.load(TAP_PAIRS, 48), v128.load(TAP_PAIRS, 64), v128.load(TAP_PAIRS, 80));
}

function rowSad(row: usize): u64 {
  extendRow(row);
  extendRow(row + streamBytes);
  const rounding = i32x4.splat(0x80008000);
  const done = <usize>(width & ~7) * 2;
  let lanes = i32x4.splat(0);
  for (let x: usize = 0; x < done; x += 16) {
    const p = row + x - 4;
    const q = p + streamBytes;
    const a = v128.load(p);
    const b = v128.load(p, 4);
    const c = v128.load(p, 8);
    const d = v128.load(q);
    const e = v128.load(q, 4);
    const f = v128.load(q, 8);
    lanes = i32x4.add(lanes, distance(evenSum(a, b, c), evenSum(d, e, f), rounding));
    lanes = i32x4.add(lanes, distance(oddSum(a, b, c), oddSum(d, e, f), rounding));
  }
  let sad: u64 = sumLanes(lanes);
  for (let x = width & ~7; x < width; x++) {
    const difference = blurAt(row, x) - blurAt(row + streamBytes, x);
    sad += difference < 0 ? -difference : difference;
  }
  return sad;
}

/** |(a + 2^31 + 2^15) >>> 16 − (b + 2^31 + 2^15) >>> 16| of two sums of centred samples. */
// @ts-ignore: decorator
@inline
function distance(a: v128, b: v128, rounding: v128): v128 {
  return i32x4.abs(i32x4.sub(i32x4.shr_u(i32x4.add(a, rounding), 16), i32x4.shr_u(i32x4.add(b, rounding), 16)));
}

function blurAt(row: usize, x: i32): i64 {
  let sum: i64 = 32768;
  for (let k = 0; k < 5; k++) sum += motionTap(k) * (<i64>load<i16>(row + <usize>(x + k - 2) * 2) + 32768);
  return sum >> 16;
}

function extendRow(row: usize): void {
  for (let k = 1; k <= 2; k++) {
    store<i16>(row - 2 * k, load<i16>(row + 2 * mirrorRepeatingLast(-k, width)));
    store<i16>(row + 2 * (width - 1 + k), load<i16>(row + 2 * mirrorRepeatingLast(width - 1 + k, width)));
  }
}
