// The difference of two frames, previous − current, as interleaved pairs of rows.
import { interleaveHigh, interleaveLow } from '../lanes';
import { depth, previousPlane, referencePlane, width } from '../picture';
import { pairBytes, pairSlot, rowOffset } from './buffers';

/** Rows 2q and 2q + 1 of the difference into their slot of the ring. */
export function differencePair(q: i32): void {
  const upper = rowOffset(2 * q);
  const lower = rowOffset(2 * q + 1);
  const p = previousPlane();
  const c = referencePlane();
  const slot = pairSlot(q);
  if (depth == 8) differenceOfBytes(slot, p + upper, p + lower, c + upper, c + lower);
  else if (depth < 16) differenceOfWords(slot, p + upper, p + lower, c + upper, c + lower);
  else differenceInHalves(slot, p + upper, p + lower, c + upper, c + lower);
}

// @ts-ignore: decorator
@inline
function storePairs(slot: usize, upper: v128, lower: v128): void {
  v128.store(slot, interleaveLow(upper, lower));
  v128.store(slot, interleaveHigh(upper, lower), 16);
}

function differenceOfBytes(slot: usize, p0: usize, p1: usize, c0: usize, c1: usize): void {
  for (let x = 0; x < width; x += 8, slot += 32) {
    storePairs(
      slot,
      i16x8.sub(v128.load8x8_u(p0 + x), v128.load8x8_u(c0 + x)),
      i16x8.sub(v128.load8x8_u(p1 + x), v128.load8x8_u(c1 + x)),
    );
  }
}

/** Up to 15 bits a difference fits 16 bits with its sign. */
function differenceOfWords(slot: usize, p0: usize, p1: usize, c0: usize, c1: usize): void {
  for (let x: usize = 0, end = <usize>width * 2; x < end; x += 16, slot += 32) {
    storePairs(
      slot,
      i16x8.sub(v128.load(p0 + x), v128.load(c0 + x)),
      i16x8.sub(v128.load(p1 + x), v128.load(c1 + x)),
    );
  }
}

/** At 16 bits it needs 17: ⌊(p − c)/2⌋ in the first stream, the bit that is lost in the second. */
function differenceInHalves(slot: usize, p0: usize, p1: usize, c0: usize, c1: usize): void {
  for (let x: usize = 0, end = <usize>width * 2; x < end; x += 16, slot += 32) {
    const a = v128.load(p0 + x);
    const b = v128.load(c0 + x);
    const c = v128.load(p1 + x);
    const d = v128.load(c1 + x);
    storePairs(slot, halfDifference(a, b), halfDifference(c, d));
    storePairs(slot + pairBytes, lastBit(v128.xor(a, b)), lastBit(v128.xor(c, d)));
  }
}

/** ⌊(a − b)/2⌋: the rounded average of a and 65535 − b is 32768 more. */
// @ts-ignore: decorator
@inline
function halfDifference(a: v128, b: v128): v128 {
  return v128.xor(i16x8.avgr_u(a, v128.not(b)), i16x8.splat(-32768));
}

// @ts-ignore: decorator
@inline
function lastBit(a: v128): v128 {
  return v128.and(a, i16x8.splat(1));
}
