// From integer totals to the numerator and denominator of a scale, in single precision:
//
//   F = total / 2^(E − p − u);  band = cbrt(F) + cbrt(area/32);  sum = (h + v) + d
//
// with the shifts of the cubes and of the rows, and for the denominator G = total / 2^(B − …) · weight³ in double precision.
import { cubeRoot } from './cube-root';
import { area, denominatorCubeShift, denominatorRowShift } from './denominator';
import { bandHeight, bandWidth, ceilLog2 } from './geometry';
import { diagonalCubeShift, edgeCubeShift } from './numerator';
import { DENOMINATOR, totalOf } from './totals';

/** E per scale: of bands h and v, and of band d. */
const NUMERATOR_BITS: usize = memory.data<i32>([52, 57, 45, 45, 39, 39, 36, 36]);
/** B per scale. */
const DENOMINATOR_BITS: usize = memory.data<i32>([18, 32, 27, 23]);
/** The cubes of the contrast sensitivity weights per scale, rounded once: of bands h and v, and of band d. */
const WEIGHT_CUBES: usize = memory.data<f64>([
  5.2512728537032556e-06, 2.0440797737098173e-07, 3.2721414976806994e-05, 2.9236350799559941e-06,
  8.1592116649613174e-05, 1.4521261315790104e-05, 9.5277499450420491e-05, 3.0701748975975203e-05,
]);
const NOISE: f64 = 0.03125;

/** 2^n. */
function power(n: i32): f64 {
  return reinterpret<f64>(<u64>(1023 + n) << 52);
}

function noise(): f32 {
  return cubeRoot(<f32>(<f64>area() * NOISE));
}

/** The numerator of a part; `noisy` adds the noise term, which libvmaf leaves out for the additive part. */
export function numeratorOf(scale: i32, part: i32, noisy: bool): f32 {
  const term: f32 = noisy ? noise() : 0;
  const h = cubeRoot(scaledTotal(scale, part, 0)) + term;
  const v = cubeRoot(scaledTotal(scale, part, 1)) + term;
  const d = cubeRoot(scaledTotal(scale, part, 2)) + term;
  return h + v + d;
}

/** Scale 0 rounds to double and then to single, the others to single at once. */
function scaledTotal(scale: i32, part: i32, band: i32): f32 {
  const total = totalOf(part, band);
  const bits = load<i32>(NUMERATOR_BITS + <usize>(scale * 2 + (band == 2 ? 1 : 0)) * 4);
  const rowShift = ceilLog2(bandHeight);
  if (scale > 0) return <f32>total / <f32>power(bits - ceilLog2(bandWidth) - rowShift);
  const cubeShift = band == 2 ? diagonalCubeShift() : edgeCubeShift();
  return <f32>(<f64>total / power(bits - cubeShift - rowShift));
}

export function denominatorOf(scale: i32): f32 {
  const term = noise();
  const bits = load<i32>(DENOMINATOR_BITS + <usize>scale * 4);
  const unit = power(bits - denominatorRowShift(scale) - denominatorCubeShift(scale));
  const edge = load<f64>(WEIGHT_CUBES + <usize>scale * 16);
  const diagonal = load<f64>(WEIGHT_CUBES + <usize>scale * 16, 8);
  const h = cubeRoot(<f32>((<f64>(<u64>totalOf(DENOMINATOR, 0)) / unit) * edge)) + term;
  const v = cubeRoot(<f32>((<f64>(<u64>totalOf(DENOMINATOR, 1)) / unit) * edge)) + term;
  const d = cubeRoot(<f32>((<f64>(<u64>totalOf(DENOMINATOR, 2)) / unit) * diagonal)) + term;
  return h + v + d;
}
