// Integer VIF as it is defined, one pixel after the other.
import { mirror, roundShift } from './integers.ts';
import type { Size } from './motion.ts';

const TAPS = [
  [489, 935, 1640, 2640, 3896, 5274, 6547, 7455, 7784, 7455, 6547, 5274, 3896, 2640, 1640, 935, 489],
  [1244, 3663, 7925, 12590, 14692, 12590, 7925, 3663, 1244],
  [3571, 16004, 26386, 16004, 3571],
  [10904, 43728, 10904],
];
const NOISE = 131072;
const EPSILON = 65536 * 1.0e-10;

export interface VifSums {
  numeratorLog: number;
  denominatorLog: number;
  flatVariance: number;
  flatPixels: number;
}

/** The integer sums of the four scales. */
export function vif(
  reference: ArrayLike<number>,
  distorted: ArrayLike<number>,
  size: Size,
  gainLimit: number,
): VifSums[] {
  let { width, height } = size;
  return TAPS.map((_, scale) => {
    if (scale > 0) {
      reference = reduce(reference, width, height, size.bitDepth, scale);
      distorted = reduce(distorted, width, height, size.bitDepth, scale);
      width >>= 1;
      height >>= 1;
    }
    return scaleSums(reference, distorted, { width, height, bitDepth: size.bitDepth }, scale, gainLimit);
  });
}

/** Filtered with the taps of the scale it becomes, every second row and column kept. */
function reduce(
  image: ArrayLike<number>,
  width: number,
  height: number,
  bitDepth: number,
  scale: number,
): Float64Array {
  const taps = TAPS[scale]!;
  const [w, h] = [width >> 1, height >> 1];
  const out = new Float64Array(w * h);
  for (let y = 0; y < h; y++) {
    const row = filterColumns(taps, 2 * y, width, height, (i) => image[i]!).map((sum) =>
      roundShift(sum, scale === 1 ? bitDepth : 16),
    );
    for (let x = 0; x < w; x++) out[y * w + x] = roundShift(filterRow(taps, row, 2 * x), 16);
  }
  return out;
}

function filterColumns(
  taps: readonly number[],
  y: number,
  width: number,
  height: number,
  at: (index: number) => number,
): Float64Array {
  const radius = taps.length >> 1;
  return Float64Array.from({ length: width }, (_, x) =>
    taps.reduce((sum, tap, k) => sum + tap * at(mirror(y - radius + k, height) * width + x), 0),
  );
}

function filterRow(taps: readonly number[], row: ArrayLike<number>, x: number): number {
  const radius = taps.length >> 1;
  return taps.reduce((sum, tap, k) => sum + tap * row[mirror(x - radius + k, row.length)]!, 0);
}

function scaleSums(
  r: ArrayLike<number>,
  d: ArrayLike<number>,
  { width, height, bitDepth }: Size,
  scale: number,
  gainLimit: number,
): VifSums {
  const taps = TAPS[scale]!;
  const meanShift = scale === 0 ? bitDepth : 16;
  const productShift = scale === 0 ? 2 * (bitDepth - 8) : 16;
  const sums = { numeratorLog: 0, denominatorLog: 0, flatVariance: 0, flatPixels: 0 };
  for (let y = 0; y < height; y++) {
    const columns = (at: (i: number) => number, shift: number): Float64Array =>
      filterColumns(taps, y, width, height, at).map((sum) => roundShift(sum, shift));
    const [meanR, meanD] = [columns((i) => r[i]!, meanShift), columns((i) => d[i]!, meanShift)];
    const rr = columns((i) => r[i]! * r[i]!, productShift);
    const dd = columns((i) => d[i]! * d[i]!, productShift);
    const rd = columns((i) => r[i]! * d[i]!, productShift);
    for (let x = 0; x < width; x++) {
      const [mr, md] = [filterRow(taps, meanR, x), filterRow(taps, meanD, x)];
      const moment = (row: Float64Array): number => roundShift(filterRow(taps, row, x), 16);
      addPixel(
        sums,
        moment(rr) - meanProduct(mr, mr),
        Math.max(moment(dd) - meanProduct(md, md), 0),
        moment(rd) - meanProduct(mr, md),
        gainLimit,
      );
    }
  }
  return sums;
}

function addPixel(sums: VifSums, ref: number, dist: number, covariance: number, gainLimit: number): void {
  if (ref < NOISE) {
    sums.flatVariance += dist;
    sums.flatPixels += 1;
    return;
  }
  sums.denominatorLog += log2(NOISE + ref) - 2048 * 17;
  if (covariance <= 0 || dist <= 0) return;
  const gain = covariance / (ref + EPSILON);
  const noise = Math.max(Math.trunc(dist - gain * covariance), 0) + NOISE;
  const limited = Math.min(gain, gainLimit);
  sums.numeratorLog += log2(Math.trunc(limited * limited * ref) + noise) - log2(noise);
}

/** (a·b + 2^31) >> 32. */
function meanProduct(a: number, b: number): number {
  return Number((BigInt(a) * BigInt(b) + 2n ** 31n) >> 32n);
}

/** 2048·log2 of 2^15 … 2^16, as single precision gives it. */
const LOGARITHMS = Uint16Array.from({ length: 32768 }, (_, i) =>
  Math.round(Math.fround(Math.log2(32768 + i)) * 2048),
);

function log2(value: number): number {
  let shift = 0;
  while (Math.floor(value / 2 ** shift) >= 65536) shift++;
  return LOGARITHMS[Math.floor(value / 2 ** shift) - 32768]! + 2048 * shift;
}
