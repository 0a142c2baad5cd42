// The scratch memory of motion: three pairs of rows, and two filtered rows.
import { mirror } from '../border';
import { reserve } from '../memory';
import { height, restartScratch, rowBytes, width } from '../picture';

/** Samples kept free on the left of a filtered row for its border. */
const BORDER: i32 = 16;
/** 16-bit streams of one pair of rows: two for differences of 17 bits and for two frames, else one. */
const STREAMS: usize = 2;

/** Bytes of one pair of rows, interleaved, of one stream. */
export let pairBytes: usize = 0;
/** Bytes from one stream of a filtered row to the other. */
export let streamBytes: usize = 0;
/** First samples of the two filtered rows, each of two streams. */
export let evenRow: usize = 0;
export let oddRow: usize = 0;
let ring: usize = 0;

/** Vectors of eight samples in a row. */
export function blocksOf(samples: i32): i32 {
  return (samples + 7) >> 3;
}

export function layOutMotion(): void {
  restartScratch();
  pairBytes = <usize>blocksOf(width) * 32;
  streamBytes = <usize>(blocksOf(width) * 8 + 2 * BORDER) * 2;
  ring = reserve(pairBytes * STREAMS * 3);
  evenRow = reserve(streamBytes * 2) + BORDER * 2;
  oddRow = reserve(streamBytes * 2) + BORDER * 2;
}

/** Where pair q of rows (2q, 2q + 1), q from −1, is kept while outputs need it. */
export function pairSlot(q: i32): usize {
  return ring + <usize>((q + 1) % 3) * pairBytes * STREAMS;
}

/** The offset of row y of a plane, mirrored. */
export function rowOffset(y: i32): usize {
  return <usize>(mirror(y, height) * rowBytes());
}
