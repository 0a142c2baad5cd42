// The scratch memory of VIF, and the scale that is being measured.
import { reserve } from '../memory';
import { depth, distortedPlane, height, referencePlane, restartScratch, rowBytes, width } from '../picture';
import { pairsOf } from './taps';

/** Samples kept free on the left of a filtered row for its border. */
const BORDER: i32 = 16;

/**
 * Bytes between the eight streams of a filtered row. A constant saves an addition at every load and bounds the width
 * (16384 and two borders); not a multiple of 4096, so that the streams fall on different cache sets.
 */
export const STREAM: usize = 32960;
export const STREAMS: i32 = 8;
// What the streams hold, all as value − 2^15: two means, and the upper and lower halves of three products.
export const REF: usize = 0;
export const DIST: usize = STREAM;
export const REF_REF: usize = 2 * STREAM;
export const DIST_DIST: usize = 4 * STREAM;
export const REF_DIST: usize = 6 * STREAM;
export const LOWER: usize = STREAM;

/** First samples of two neighbouring rows, filtered along columns. */
export let evenRow: usize = 0;
export let oddRow: usize = 0;
/** σ²ref, σ²dist and σref,dist of a row, 32 bits each: per eight pixels first the four even ones, then the odd ones. */
export let variances: usize = 0;
/** Bytes from one of the three to the next. */
export let variancePlane: usize = 0;

/** The scale that is being measured, with its images; those of scale 0 are the picture, others have 16 bits a sample. */
export let scale: i32 = 0;
export let scaleWidth: i32 = 0;
export let scaleHeight: i32 = 0;
export let imageRow: i32 = 0;
export let reference: usize = 0;
export let distorted: usize = 0;

let ring: usize = 0;
let slotBytes: usize = 0;
let images: usize = 0;

export function layOutVif(): void {
  restartScratch();
  images = reserve(imageBytes(1) * 2 + imageBytes(2) * 2);
  ring = reserve(max(slotBytesOf(0) * pairsOf(0), slotBytesOf(1) * pairsOf(1)));
  evenRow = reserve(STREAM * STREAMS) + BORDER * 2;
  oddRow = reserve(STREAM * STREAMS) + BORDER * 2;
  variancePlane = <usize>blocksOf(width) * 32;
  variances = reserve(variancePlane * 3);
}

/** Makes `next` the scale that is being measured: ⌊width / 2^next⌋ × ⌊height / 2^next⌋. */
export function enterScale(next: i32): void {
  scale = next;
  scaleWidth = width >> next;
  scaleHeight = height >> next;
  slotBytes = slotBytesOf(next);
  reference = next == 0 ? referencePlane() : reducedReference(next);
  distorted = next == 0 ? distortedPlane() : reducedDistorted(next);
  imageRow = next == 0 ? rowBytes() : scaleWidth * 2;
}

/** Blocks of eight samples in a row. */
export function blocksOf(samples: i32): i32 {
  return (samples + 7) >> 3;
}

/** Whether the scale's images are bytes: only scale 0 of 8-bit pictures. */
export function isBytes(scale: i32): bool {
  return scale == 0 && depth == 8;
}

/** Bytes that four columns of a pair of rows take: of bytes the samples alone, else their products as well. */
export function blockBytes(scale: i32): usize {
  return isBytes(scale) ? 32 : 128;
}

function slotBytesOf(scale: i32): usize {
  return <usize>(blocksOf(width >> scale) * 2) * blockBytes(scale);
}

function imageBytes(scale: i32): usize {
  return <usize>((width >> scale) * (height >> scale)) * 2 + 64;
}

/** Where pair q of rows, q from −reach, is kept while outputs need it. */
export function pairSlot(q: i32): usize {
  const pairs = pairsOf(scale);
  return ring + <usize>((q + pairs) % pairs) * slotBytes;
}

/** The reference image of scale 1, 2 or 3; scale 3 takes the place of scale 1. */
export function reducedReference(scale: i32): usize {
  return scale == 2 ? images + 2 * imageBytes(1) : images;
}

export function reducedDistorted(scale: i32): usize {
  return reducedReference(scale) + imageBytes(scale == 2 ? 2 : 1);
}
