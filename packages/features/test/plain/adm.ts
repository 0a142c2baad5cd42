// Integer ADM as it is defined: whole bands at every scale, integers of any size.
import { ceilLog2, mirrorRepeatingLast, roundShift, roundShiftBig, toSingle } from './integers.ts';
import type { Size } from './motion.ts';
import { cubeRoot } from './power.ts';

const LOW = [15826, 27411, 7345, -4240];
const HIGH = [-4240, -7345, 27411, -15826];
/** cos²(1°) in single precision. */
const COS2 = 0.99969542026519775;
/** Weights of the contrast sensitivity function per scale: bands h and v, band d. Scale 0 has fixed factors instead. */
const FACTORS = [
  [36453, 36453, 49417],
  ...[
    [137373792, 61414028],
    [186284160, 104783920],
    [196165808, 134487184],
  ].map(([edge, diagonal]) => [edge!, edge!, diagonal!]),
];
const WEIGHT_CUBES = [
  [5.2512728537032556e-6, 2.0440797737098173e-7],
  [3.2721414976806994e-5, 2.9236350799559941e-6],
  [8.1592116649613174e-5, 1.4521261315790104e-5],
  [9.5277499450420491e-5, 3.0701748975975203e-5],
].map(([edge, diagonal]) => [edge!, edge!, diagonal!]);
const NOISE = 0.03125;

type Band = Float64Array;

interface Bands {
  readonly width: number;
  readonly height: number;
  readonly a: Band;
  /** h, v, d. */
  readonly details: readonly Band[];
}

export interface AdmSums {
  readonly numerators: number[];
  readonly denominators: number[];
  readonly additive: number[];
}

export function adm(
  reference: ArrayLike<number>,
  distorted: ArrayLike<number>,
  size: Size,
  gainLimit: number,
): AdmSums {
  const sums: AdmSums = { numerators: [], denominators: [], additive: [] };
  let [r, d]: [ArrayLike<number>, ArrayLike<number>] = [reference, distorted];
  let { width, height } = size;
  for (let scale = 0; scale < 4; scale++) {
    const ref = transform(r, width, height, scale, size.bitDepth);
    const dist = transform(d, width, height, scale, size.bitDepth);
    const [restored, additive] = decouple(scale, ref, dist, gainLimit);
    sums.numerators.push(numerator(scale, ref, restored, additive, NOISE));
    sums.denominators.push(denominator(scale, ref));
    sums.additive.push(numerator(scale, ref, additive, restored, 0));
    [r, d, width, height] = [ref.a, dist.a, ref.width, ref.height];
  }
  return sums;
}

function transform(
  image: ArrayLike<number>,
  width: number,
  height: number,
  scale: number,
  bitDepth: number,
): Bands {
  const columnShift = [bitDepth, 0, 16, 16][scale]!;
  const rowShift = [16, 15, 16, 15][scale]!;
  const mean = scale === 0 ? 46342 * 2 ** (bitDepth - 1) : 0;
  const [w, h] = [(width + 1) >> 1, (height + 1) >> 1];
  const [a, bandH, bandV, bandD] = Array.from({ length: 4 }, () => new Float64Array(w * h)) as [
    Band,
    Band,
    Band,
    Band,
  ];
  for (let i = 0; i < h; i++) {
    const column = (taps: number[], x: number): number =>
      taps.reduce(
        (sum, tap, k) => sum + tap * image[mirrorRepeatingLast(2 * i - 1 + k, height) * width + x]!,
        0,
      );
    const low = Float64Array.from({ length: width }, (_, x) =>
      roundShift(column(LOW, x) - mean, columnShift),
    );
    const high = Float64Array.from({ length: width }, (_, x) => roundShift(column(HIGH, x), columnShift));
    for (let j = 0; j < w; j++) {
      const row = (taps: number[], line: Float64Array): number =>
        roundShift(
          taps.reduce((sum, tap, k) => sum + tap * line[mirrorRepeatingLast(2 * j - 1 + k, width)]!, 0),
          rowShift,
        );
      a[i * w + j] = row(LOW, low);
      bandV[i * w + j] = row(HIGH, low);
      bandH[i * w + j] = row(LOW, high);
      bandD[i * w + j] = row(HIGH, high);
    }
  }
  return { width: w, height: h, a, details: [bandH, bandV, bandD] };
}

/** The restored and the additive part of the distorted bands. */
function decouple(scale: number, ref: Bands, dist: Bands, gainLimit: number): [Band[], Band[]] {
  const restored = ref.details.map((band) => new Float64Array(band.length));
  const additive = ref.details.map((band) => new Float64Array(band.length));
  for (let p = 0; p < ref.a.length; p++) {
    const close = isClose(
      ref.details[0]![p]!,
      ref.details[1]![p]!,
      dist.details[0]![p]!,
      dist.details[1]![p]!,
    );
    for (let b = 0; b < 3; b++) {
      const [o, t] = [ref.details[b]![p]!, dist.details[b]![p]!];
      const k = gainOf(scale, o, t);
      let r = Number(roundShiftBig(BigInt(k) * BigInt(o), 15n));
      if (close && k > 0 && o > 0) r = Math.min(Math.trunc(r * gainLimit), t);
      if (close && k > 0 && o < 0) r = Math.max(Math.trunc(r * gainLimit), t);
      restored[b]![p] = r;
      additive[b]![p] = t - r;
    }
  }
  return [restored, additive];
}

function isClose(oh: number, ov: number, th: number, tv: number): boolean {
  const [OH, OV, TH, TV] = [BigInt(oh), BigInt(ov), BigInt(th), BigInt(tv)];
  const dot = toSingle(OH * TH + OV * TV);
  return dot >= 0 && dot * dot >= COS2 * toSingle(OH * OH + OV * OV) * toSingle(TH * TH + TV * TV);
}

function gainOf(scale: number, o: number, t: number): number {
  if (o === 0) return 32768;
  let q = Math.abs(o);
  let n = 0;
  if (scale > 0 && q >= 32768) {
    n = 17 - Math.clz32(q);
    q = roundShift(q, n);
  }
  const reciprocal = BigInt(Math.floor(2 ** 30 / q) * Math.sign(o));
  const k = Number(roundShiftBig(reciprocal * BigInt(t), BigInt(15 + n)));
  return Math.min(Math.max(k, 0), 32768);
}

/** The middle of a band, over which sums run. */
function middle({ width, height }: Bands): {
  left: number;
  top: number;
  right: number;
  bottom: number;
  area: number;
} {
  const left = Math.trunc(width * 0.1 - 0.5);
  const top = Math.trunc(height * 0.1 - 0.5);
  const [right, bottom] = [width - left, height - top];
  return { left, top, right, bottom, area: (right - left) * (bottom - top) };
}

const toInt16 = (value: number): number => (value << 16) >> 16;

/** What a coefficient gives to its neighbours' thresholds and to its own. */
function thresholdTerms(scale: number, b: number, value: number): [share: number, centre: number] {
  const factor = FACTORS[scale]![b]!;
  if (scale === 0) {
    const w = Math.abs(
      toInt16(b === 2 ? Math.floor((factor * value + 65535) / 2 ** 17) : roundShift(factor * value, 15)),
    );
    return [roundShift(4369 * w, 12), toInt16(roundShift(8738 * w, 12))];
  }
  const w = BigInt(Math.abs(weigh(factor, value)));
  return [Number((143165577n * w - 2n ** 31n) >> 32n), Number((286331153n * w - 2n ** 31n) >> 32n)];
}

function weigh(factor: number, value: number): number {
  return Number(roundShiftBig(BigInt(factor) * BigInt(value), 28n));
}

function numerator(scale: number, bands: Bands, signal: Band[], masking: Band[], noise: number): number {
  const { width, height } = bands;
  const { left, top, right, bottom, area } = middle(bands);
  const terms = masking.map((band, b) => Array.from(band, (value) => thresholdTerms(scale, b, value)));
  const totals = [0n, 0n, 0n];
  const rowShift = BigInt(ceilLog2(height));
  for (let i = top; i < bottom; i++) {
    const rows = [i === 0 ? 1 : i - 1, i, i === height - 1 ? i : i + 1];
    const sums = [0n, 0n, 0n];
    for (let j = left; j < right; j++) {
      const columns = [j === 0 ? 1 : j - 1, j, j === width - 1 ? j : j + 1];
      let threshold = 0;
      for (const term of terms)
        rows.forEach((y, ry) =>
          columns.forEach((x, cx) => {
            const [share, centre] = term[y * width + x]!;
            threshold += ry === 1 && cx === 1 ? centre : share;
          }),
        );
      for (let b = 0; b < 3; b++)
        sums[b]! += maskedCube(scale, b, signal[b]![i * width + j]!, threshold, width);
    }
    for (let b = 0; b < 3; b++) totals[b]! += roundShiftBig(sums[b]!, rowShift);
  }
  const noiseTerm = cubeRoot(Math.fround(area * noise));
  const [h, v, d] = totals.map((total, b) => {
    const bits = [b === 2 ? 57 : 52, 45, 39, 36][scale]! - cubeShift(scale, b, width) - Number(rowShift);
    const value = scale === 0 ? Number(total) / 2 ** bits : toSingle(total) / 2 ** bits;
    return Math.fround(cubeRoot(Math.fround(value)) + noiseTerm);
  }) as [number, number, number];
  return Math.fround(Math.fround(h + v) + d);
}

function cubeShift(scale: number, b: number, width: number): number {
  return ceilLog2(width) - (scale > 0 ? 0 : b === 2 ? 3 : 4);
}

function maskedCube(scale: number, b: number, value: number, threshold: number, width: number): bigint {
  const factor = FACTORS[scale]![b]!;
  const x =
    scale === 0
      ? (Math.abs(value * factor) - ((threshold | 0) << (b === 2 ? 12 : 10))) | 0
      : (Math.abs(weigh(factor, value)) - threshold) | 0;
  if (x <= 0) return 0n;
  const square = BigInt.asIntN(32, roundShiftBig(BigInt(x) ** 2n, scale === 0 && b < 2 ? 29n : 30n));
  return roundShiftBig(square * BigInt(x), BigInt(cubeShift(scale, b, width)));
}

function denominator(scale: number, bands: Bands): number {
  const { width, details } = bands;
  const { left, top, right, bottom, area } = middle(bands);
  const cube = scale === 0 ? 0 : ceilLog2(right - left);
  const row = scale === 0 ? Math.max(0, ceilLog2(area) - 20) : ceilLog2(bottom - top);
  const square = scale === 2 ? 30n : 31n;
  const noiseTerm = cubeRoot(Math.fround(area * NOISE));
  const [h, v, d] = details.map((band, b) => {
    let total = 0n;
    for (let i = top; i < bottom; i++) {
      let sum = 0n;
      for (let j = left; j < right; j++) {
        const q = BigInt(Math.abs(band[i * width + j]!));
        // a whole unit is added where a half was meant: so does libvmaf
        sum += scale === 0 ? q ** 3n : roundShiftBig(((q * q + (1n << square)) >> square) * q, BigInt(cube));
      }
      total += roundShiftBig(sum, BigInt(row));
    }
    const value = (Number(total) / 2 ** ([18, 32, 27, 23][scale]! - row - cube)) * WEIGHT_CUBES[scale]![b]!;
    return Math.fround(cubeRoot(Math.fround(value)) + noiseTerm);
  }) as [number, number, number];
  return Math.fround(Math.fround(h + v) + d);
}
