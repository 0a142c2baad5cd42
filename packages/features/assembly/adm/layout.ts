// The scratch memory of ADM: band a of every scale but the last, and the rows that are in work.
import { reserve } from '../memory';
import { restartScratch } from '../picture';
import { heightOf, measureBands, widthOf } from './geometry';

/** Bytes kept free on the left of a row, for the border and for vectors that begin before it. */
const BORDER: usize = 128;
/** Samples that vectors may write past the end of a row. */
const OVERRUN: i32 = 64;
/** Rows of the ring: masking reads three while the fourth is made. A power of two. */
const RING: i32 = 4;
const BANDS: i32 = 3;

/** Samples from one row of a band to the next, in all row buffers. */
export let rowSamples: i32 = 0;
/** Samples from one row of band a to the next: 16-bit of scale 0, doubles of scales 1 and 2. */
export let planeSamples: i32 = 0;
export let widePlaneSamples: i32 = 0;

/** Band a of scale 0. */
export let refPlane: usize = 0;
export let distPlane: usize = 0;
let widePlanes: usize = 0;
let widePlaneBytes: usize = 0;

/** One row of the input, filtered along columns: low and high of the reference, then of the distorted picture. */
export let refLow: usize = 0;
export let refHigh: usize = 0;
export let distLow: usize = 0;
export let distHigh: usize = 0;

/** One row of the bands h, v, d, as 16-bit integers at scale 0 and as doubles at the others. */
export let refBands: usize = 0;
export let distBands: usize = 0;

let signals: usize = 0;
let shares: usize = 0;
let centres: usize = 0;
/** The sum of three rows of shares. */
export let shareSums: usize = 0;

/** Which part of the distorted bands is measured, and which one masks it. */
export const RESTORED: i32 = 0;
export const ADDITIVE: i32 = 1;

export function layOutAdm(): void {
  restartScratch();
  measureBands();
  rowSamples = padded(widthOf(0));
  planeSamples = rowSamples;
  widePlaneSamples = padded(widthOf(1));
  const planeBytes = <usize>(planeSamples * heightOf(0)) * 2;
  refPlane = reserve(planeBytes + BORDER) + BORDER;
  distPlane = reserve(planeBytes + BORDER) + BORDER;
  widePlaneBytes = <usize>(widePlaneSamples * heightOf(1)) * 8 + BORDER;
  widePlanes = reserve(widePlaneBytes * 4) + BORDER;
  // the longest is scale 1's, doubles of scale 0's width; a row of the picture has 16 bits a sample
  refLow = reserve(<usize>rowSamples * 8 + BORDER) + BORDER;
  refHigh = reserve(<usize>rowSamples * 8 + BORDER) + BORDER;
  distLow = reserve(<usize>rowSamples * 8 + BORDER) + BORDER;
  distHigh = reserve(<usize>rowSamples * 8 + BORDER) + BORDER;
  refBands = reserve(<usize>(rowSamples * BANDS) * 8 + BORDER) + BORDER;
  distBands = reserve(<usize>(rowSamples * BANDS) * 8 + BORDER) + BORDER;
  signals = reserve(<usize>(rowSamples * BANDS * RING * 2) * 4 + BORDER) + BORDER;
  shares = reserve(<usize>(rowSamples * RING * 2) * 4 + BORDER) + BORDER;
  centres = reserve(<usize>(rowSamples * RING * 2) * 4 + BORDER) + BORDER;
  shareSums = reserve(<usize>rowSamples * 4 + BORDER) + BORDER;
}

function padded(samples: i32): i32 {
  return ((samples + 15) & ~15) + OVERRUN;
}

/** Band a of scale 1 (two planes) and of scale 2 (two planes), as doubles. */
export function widePlane(scale: i32, distorted: i32): usize {
  return widePlanes + <usize>((scale - 1) * 2 + distorted) * widePlaneBytes;
}

/** Row i of bands h, v, d of the restored or the additive part, `rowSamples` apart; 16-bit at scale 0, else weighted 32-bit. */
// @ts-ignore: decorator
@inline
export function signalRow(part: i32, i: i32): usize {
  return signals + <usize>((part * RING + (i & (RING - 1))) * BANDS * rowSamples) * 4;
}

/** Row i of what the samples of a part give to the thresholds of their neighbours, 32-bit. */
// @ts-ignore: decorator
@inline
export function shareRow(part: i32, i: i32): usize {
  return shares + <usize>((part * RING + (i & (RING - 1))) * rowSamples) * 4;
}

/** Row i of what a sample gives to its own threshold beyond such a share, 32-bit. */
// @ts-ignore: decorator
@inline
export function centreRow(part: i32, i: i32): usize {
  return centres + <usize>((part * RING + (i & (RING - 1))) * rowSamples) * 4;
}
