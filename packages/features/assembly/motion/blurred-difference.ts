// Motion of libvmaf 3.2: the sum over the picture of |blur(previous − current)|.
//
//   row(x) = (Σ f·d + 2^(b−1)) >> b          along columns
//   z(x)   = (Σ f·row + 2^15) >> 16          along rows; SAD = Σ |z|
//
// row needs 17 bits. Where all of a pair of rows fit 16, as between frames of one scene, one stream of them is filtered;
// else two, row = 2·hi + lo, and z = (Σ f·hi + ((Σ f·lo + 2^15) >> 1)) >> 15, which is the same number.
import { mirror } from '../border';
import { sumLanes } from '../lanes';
import { depth, height, width } from '../picture';
import { blocksOf, evenRow, layOutMotion, oddRow, pairBytes, pairSlot, streamBytes } from './buffers';
import { differencePair } from './difference';
import { motionTap, TAP_PAIRS, weigh } from './taps';

/** SAD of the current reference against the previous one. */
export function differenceSad(): u64 {
  let total: u64 = 0;
  layOutMotion();
  differencePair(-1);
  differencePair(0);
  for (let y = 0; y < height; y += 2) {
    differencePair((y >> 1) + 1);
    const wide = filterColumns(y >> 1, false);
    if (wide) filterColumns(y >> 1, true);
    total += rowSad(evenRow, wide);
    if (y + 1 < height) total += rowSad(oddRow, wide);
  }
  return total;
}

/** Rows 2q and 2q + 1, filtered along columns, into one or two streams; whether a value needs more than 16 bits. */
function filterColumns(q: i32, wide: bool): bool {
  const a = pairSlot(q - 1);
  const b = pairSlot(q);
  const c = pairSlot(q + 1);
  const e0 = v128.load(TAP_PAIRS, 0);
  const e1 = v128.load(TAP_PAIRS, 16);
  const e2 = v128.load(TAP_PAIRS, 32);
  const o0 = v128.load(TAP_PAIRS, 48);
  const o1 = v128.load(TAP_PAIRS, 64);
  const o2 = v128.load(TAP_PAIRS, 80);
  const halves = depth == 16;
  const shift = halves ? 15 : depth;
  const rounding = i32x4.splat(halves ? 0 : 1 << (depth - 1));
  const end = <usize>blocksOf(width) * 32;
  let out: usize = 0;
  let outside = i32x4.splat(0);
  for (let i: usize = 0; i < end; i += 16, out += 8) {
    const va = v128.load(a + i);
    const vb = v128.load(b + i);
    const vc = v128.load(c + i);
    let even = i32x4.add(weigh(va, vb, vc, e0, e1, e2), rounding);
    let odd = i32x4.add(weigh(va, vb, vc, o0, o1, o2), rounding);
    if (halves) {
      const la = v128.load(a + pairBytes + i);
      const lb = v128.load(b + pairBytes + i);
      const lc = v128.load(c + pairBytes + i);
      even = i32x4.add(even, halved(weigh(la, lb, lc, e0, e1, e2)));
      odd = i32x4.add(odd, halved(weigh(la, lb, lc, o0, o1, o2)));
    }
    even = i32x4.shr_s(even, shift);
    odd = i32x4.shr_s(odd, shift);
    if (wide) {
      storeRows(out, i16x8.narrow_i32x4_s(i32x4.shr_s(even, 1), i32x4.shr_s(odd, 1)));
      storeRows(out + streamBytes, i16x8.narrow_i32x4_s(lastBit(even), lastBit(odd)));
    } else {
      const narrow = i16x8.narrow_i32x4_s(even, odd);
      storeRows(out, narrow);
      outside = v128.or(outside, v128.xor(even, i32x4.extend_low_i16x8_s(narrow)));
      outside = v128.or(outside, v128.xor(odd, i32x4.extend_high_i16x8_s(narrow)));
    }
  }
  return v128.any_true(outside);
}

/** (a + 2^15) >> 1. */
// @ts-ignore: decorator
@inline
function halved(a: v128): v128 {
  return i32x4.shr_s(i32x4.add(a, i32x4.splat(32768)), 1);
}

// @ts-ignore: decorator
@inline
function lastBit(a: v128): v128 {
  return v128.and(a, i32x4.splat(1));
}

/** Four samples of the even row and four of the odd one. */
// @ts-ignore: decorator
@inline
function storeRows(offset: usize, both: v128): void {
  v128.store64_lane(evenRow + offset, both, 0);
  v128.store64_lane(oddRow + offset, both, 1);
}

function rowSad(row: usize, wide: bool): u64 {
  extendRow(row);
  if (wide) extendRow(row + streamBytes);
  const done = width & ~7;
  let sad = wide ? wideSad(row, done) : narrowSad(row, done);
  for (let x = done; x < width; x++) {
    let sum: i64 = 32768;
    for (let k = 0; k < 5; k++) {
      const p = row + <usize>(x + k - 2) * 2;
      const sample = <i64>load<i16>(p);
      sum += motionTap(k) * (wide ? 2 * sample + load<i16>(p + streamBytes) : sample);
    }
    sum >>= 16;
    sad += sum < 0 ? -sum : sum;
  }
  return sad;
}

function extendRow(row: usize): void {
  for (let k = 1; k <= 2; k++) {
    store<i16>(row - 2 * k, load<i16>(row + 2 * mirror(-k, width)));
    store<i16>(row + 2 * (width - 1 + k), load<i16>(row + 2 * mirror(width - 1 + k, width)));
  }
}

/** Σ |z| over the first `samples` samples, a multiple of eight, of a row in one stream. */
function narrowSad(row: usize, samples: i32): u64 {
  const e0 = v128.load(TAP_PAIRS, 0);
  const e1 = v128.load(TAP_PAIRS, 16);
  const e2 = v128.load(TAP_PAIRS, 32);
  const o0 = v128.load(TAP_PAIRS, 48);
  const o1 = v128.load(TAP_PAIRS, 64);
  const o2 = v128.load(TAP_PAIRS, 80);
  const half = i32x4.splat(32768);
  let sad = i32x4.splat(0);
  const end = row - 4 + <usize>samples * 2;
  for (let p = row - 4; p < end; p += 16) {
    const a = v128.load(p);
    const b = v128.load(p, 4);
    const c = v128.load(p, 8);
    const even = i32x4.shr_s(i32x4.add(weigh(a, b, c, e0, e1, e2), half), 16);
    const odd = i32x4.shr_s(i32x4.add(weigh(a, b, c, o0, o1, o2), half), 16);
    sad = i32x4.add(sad, i32x4.add(i32x4.abs(even), i32x4.abs(odd)));
  }
  return sumLanes(sad);
}

/** The same of a row in two streams. */
function wideSad(row: usize, samples: i32): u64 {
  const e0 = v128.load(TAP_PAIRS, 0);
  const e1 = v128.load(TAP_PAIRS, 16);
  const e2 = v128.load(TAP_PAIRS, 32);
  const o0 = v128.load(TAP_PAIRS, 48);
  const o1 = v128.load(TAP_PAIRS, 64);
  const o2 = v128.load(TAP_PAIRS, 80);
  let sad = i32x4.splat(0);
  const end = row - 4 + <usize>samples * 2;
  for (let p = row - 4; p < end; p += 16) {
    const a = v128.load(p);
    const b = v128.load(p, 4);
    const c = v128.load(p, 8);
    const q = p + streamBytes;
    const la = v128.load(q);
    const lb = v128.load(q, 4);
    const lc = v128.load(q, 8);
    const even = i32x4.add(weigh(a, b, c, e0, e1, e2), halved(weigh(la, lb, lc, e0, e1, e2)));
    const odd = i32x4.add(weigh(a, b, c, o0, o1, o2), halved(weigh(la, lb, lc, o0, o1, o2)));
    sad = i32x4.add(sad, i32x4.add(i32x4.abs(i32x4.shr_s(even, 15)), i32x4.abs(i32x4.shr_s(odd, 15))));
  }
  return sumLanes(sad);
}
