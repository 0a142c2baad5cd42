// The luma planes that every feature reads, and the scratch memory behind them.
import { commit, mark, release, reserve } from './memory';

/** Rows begin at multiples of this many samples, so that one vector may be read across a row's end. */
const ROW_ALIGNMENT: i32 = 16;

export let width: i32 = 0;
export let height: i32 = 0;
/** Bits of a sample, 8 to 16. Samples of 8 bits are bytes, others 16-bit words. */
export let depth: i32 = 0;
/** Samples from one row to the next. */
export let stride: i32 = 0;

let reference: usize = 0;
let distorted: usize = 0;
let previous: usize = 0;
let scratch: usize = 0;

/** Sets the size of all planes and forgets their content. */
export function layOutPlanes(planeWidth: i32, planeHeight: i32, bits: i32): void {
  width = planeWidth;
  height = planeHeight;
  depth = bits;
  stride = (width + ROW_ALIGNMENT - 1) & -ROW_ALIGNMENT;
  const bytes = <usize>rowBytes() * height;
  release(0);
  reference = reserve(bytes);
  distorted = reserve(bytes);
  previous = reserve(bytes);
  scratch = mark();
}

/** Gives the scratch memory back; the next `reserve` starts behind the planes. */
export function restartScratch(): void {
  release(scratch);
}

export function growMemory(): bool {
  return commit();
}

/** Bytes from one row to the next. */
// @ts-ignore: decorator
@inline
export function rowBytes(): i32 {
  return depth > 8 ? stride * 2 : stride;
}

/** The current reference frame. */
export function referencePlane(): usize {
  return reference;
}

/** The current distorted frame. */
export function distortedPlane(): usize {
  return distorted;
}

/** The reference frame that motion compares with. */
export function previousPlane(): usize {
  return previous;
}

/** The current reference becomes the previous one; the older one's memory is free for the next. */
export function advance(): void {
  const older = previous;
  previous = reference;
  reference = older;
}

/** How many bits the samples of a plane use, counted to the highest one that any sample has. */
export function bitsOf(plane: usize): i32 {
  if (depth == 8) return 8;
  let used = i16x8.splat(0);
  for (let y = 0; y < height; y++) {
    const row = plane + y * rowBytes();
    let x = 0;
    for (; x + 8 <= width; x += 8) used = v128.or(used, v128.load(row + 2 * x));
    for (; x < width; x++) used = v128.or(used, i16x8.splat(load<i16>(row + 2 * x)));
  }
  const halves = i64x2.extract_lane(used, 0) | i64x2.extract_lane(used, 1);
  const words = <u32>halves | <u32>(halves >> 32);
  return 32 - clz<u32>((words | (words >> 16)) & 0xffff);
}
