// The terms of every pixel, added up in integers over a scale. N = 2·2^16 is the noise variance, G the gain limit.
//
//   σ²ref ≥ N:  denominator += L(N + σ²ref) − L(N)
//               if σref,dist > 0 and σ²dist > 0:  g = σref,dist / (σ²ref + ε),  v = max(trunc(σ²dist − g·σref,dist), 0),
//               numerator += L(trunc(min(g, G)²·σ²ref) + v + N) − L(v + N)
//   else:       flat pixels += 1,  flat variance += σ²dist
//
// with σ²dist clamped at 0, ε = 2^16·10^−10, in double precision in the order written.
import { sumLanes, sumWideLanes, upperPair, upperWords } from '../lanes';
import { blocksOf, scaleWidth, variancePlane, variances } from './layout';
import { DENOMINATOR_OFFSET, excessAt, linearPart, mantissas } from './logarithm';

export let numeratorLog: i64 = 0;
export let denominatorLog: i64 = 0;
export let flatVariance: i64 = 0;
export let flatPixels: i64 = 0;

// constants are loaded: V8 rebuilds a v128.const at every use
const BELOW_NOISE: usize = memory.data<i32>([131071, 131071, 131071, 131071], 16);
const NOISES: usize = memory.data<f64>([131072, 131072], 16);
const EPSILONS: usize = memory.data<f64>([65536 * 1.0e-10, 65536 * 1.0e-10], 16);
const OFFSETS: usize = memory.data(16, 16);
const GAIN_LIMITS: usize = memory.data(16, 16);
/** Indices of the logarithm table: of four numerators' upper and lower terms and of four denominators. */
const INDICES: usize = memory.data(48, 16);

export function setGainLimit(limit: f64): void {
  v128.store(GAIN_LIMITS, f64x2.splat(limit));
  v128.store(OFFSETS, i32x4.splat(DENOMINATOR_OFFSET));
}

export function clearStatistics(): void {
  numeratorLog = 0;
  denominatorLog = 0;
  flatVariance = 0;
  flatPixels = 0;
}

/** Adds the terms of the row of variances that the row filter left. */
export function addRow(): void {
  const blocks = blocksOf(scaleWidth) * 2;
  const zero = i32x4.splat(0);
  let numeratorLines = zero;
  let denominatorLines = zero;
  let numeratorExcess = 0;
  let denominatorExcess = 0;
  let flat = 0;
  let variance = i64x2.splat(0);
  const plane = variancePlane;
  let place = variances;
  for (let i = 0; i < blocks; i++, place += 16) {
    let refVariance = v128.load(place);
    const distVariance = i32x4.max_s(v128.load(place + plane), zero);
    const textured = i32x4.gt_s(refVariance, v128.load(BELOW_NOISE));
    const lanes = i32x4.bitmask(textured);
    if (lanes != 15) {
      const flatDist = v128.andnot(distVariance, textured);
      flat += 4 - popcnt(lanes);
      variance = i64x2.add(
        variance,
        i64x2.add(i64x2.extend_low_i32x4_u(flatDist), i64x2.extend_high_i32x4_u(flatDist)),
      );
      if (lanes == 0) continue;
    }
    // a pixel that does not count has σ²ref = σref,dist = 0: both its terms are 0
    let covariance = v128.load(place + 2 * plane);
    covariance = v128.and(v128.and(covariance, textured), i32x4.gt_s(covariance, zero));
    covariance = v128.and(covariance, i32x4.gt_s(distVariance, zero));
    refVariance = v128.and(refVariance, textured);

    let ref = f64x2.convert_low_i32x4_s(refVariance);
    let cov = f64x2.convert_low_i32x4_s(covariance);
    let gain = gainOf(ref, cov);
    const lowNoise = noiseOf(f64x2.convert_low_i32x4_s(distVariance), gain, cov);
    const lowSignal = f64x2.add(signalOf(gain, ref), lowNoise);
    const lowRef = f64x2.add(ref, v128.load(NOISES));
    ref = f64x2.convert_low_i32x4_s(upperPair(refVariance));
    cov = f64x2.convert_low_i32x4_s(upperPair(covariance));
    gain = gainOf(ref, cov);
    const highNoise = noiseOf(f64x2.convert_low_i32x4_s(upperPair(distVariance)), gain, cov);
    const highSignal = f64x2.add(signalOf(gain, ref), highNoise);
    const highRef = f64x2.add(ref, v128.load(NOISES));

    const signal = upperWords(lowSignal, highSignal);
    const noise = upperWords(lowNoise, highNoise);
    const denominator = upperWords(lowRef, highRef);
    numeratorLines = i32x4.add(numeratorLines, i32x4.sub(linearPart(signal), linearPart(noise)));
    denominatorLines = i32x4.add(
      denominatorLines,
      i32x4.sub(linearPart(denominator), v128.load(OFFSETS)),
    );
    v128.store(INDICES, mantissas(signal));
    v128.store(INDICES, mantissas(noise), 16);
    v128.store(INDICES, mantissas(denominator), 32);
    numeratorExcess += excessOfFour(INDICES) - excessOfFour(INDICES + 16);
    denominatorExcess += excessOfFour(INDICES + 32);
  }
  numeratorLog += sumLanes(numeratorLines) + numeratorExcess;
  denominatorLog += sumLanes(denominatorLines) + denominatorExcess;
  flatVariance += sumWideLanes(variance);
  flatPixels += flat - (blocks * 4 - scaleWidth); // without those beyond the edge
}

/** g = σref,dist / (σ²ref + ε). */
// @ts-ignore: decorator
@inline
function gainOf(ref: v128, covariance: v128): v128 {
  return f64x2.div(covariance, f64x2.add(ref, v128.load(EPSILONS)));
}

/** max(trunc(σ²dist − g·σref,dist), 0) + N. */
// @ts-ignore: decorator
@inline
function noiseOf(dist: v128, gain: v128, covariance: v128): v128 {
  const rest = f64x2.pmax(f64x2.sub(dist, f64x2.mul(gain, covariance)), f64x2.splat(0));
  return f64x2.add(f64x2.trunc(rest), v128.load(NOISES));
}

/** trunc(min(g, G)²·σ²ref). */
// @ts-ignore: decorator
@inline
function signalOf(gain: v128, ref: v128): v128 {
  const limited = f64x2.pmin(gain, v128.load(GAIN_LIMITS));
  return f64x2.trunc(f64x2.mul(f64x2.mul(limited, limited), ref));
}

// @ts-ignore: decorator
@inline
function excessOfFour(indices: usize): i32 {
  return excessAt(indices) + excessAt(indices + 4) + excessAt(indices + 8) + excessAt(indices + 12);
}
