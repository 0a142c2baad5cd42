// Whether the edge at a position keeps its direction: the vectors (h, v) of both pictures less than one degree apart.
//
//   dot = o_h·t_h + o_v·t_v,  oo = o_h² + o_v²,  tt = t_h² + t_v²,  each an exact integer rounded once to single precision
//   close  ⇔  dot ≥ 0  and  dot² ≥ (C·oo)·tt in double precision,  C = cos²(1°) in single precision
//
// A cheaper comparison decides unless both sides are nearly equal; only then the definition is evaluated.

const COS2: f32 = reinterpret<f32>(0x3f7fec0a);
const COS2_DOUBLE: usize = memory.data<f64>([0.99969542026519775, 0.99969542026519775], 16);
// C and one part in a million more or less, many times what three roundings of the cheap comparison can be off
const SURELY_SINGLE: usize = memory.data<f32>([0.99969642, 0.99969642, 0.99969642, 0.99969642], 16);
const HARDLY_SINGLE: usize = memory.data<f32>([0.99969442, 0.99969442, 0.99969442, 0.99969442], 16);
const SURELY_DOUBLE: usize = memory.data<f64>([0.99969642, 0.99969642], 16);
const HARDLY_DOUBLE: usize = memory.data<f64>([0.99969442, 0.99969442], 16);

/** A mask of four lanes, of dot, oo and tt as 32-bit integers. */
// @ts-ignore: decorator
@inline
export function closeOfIntegers(dot: v128, oo: v128, tt: v128): v128 {
  const d = f32x4.convert_i32x4_s(dot);
  const o = f32x4.convert_i32x4_s(oo);
  const t = f32x4.convert_i32x4_s(tt);
  const square = f32x4.mul(d, d);
  const bound = f32x4.mul(o, t);
  const yes = f32x4.ge(square, f32x4.mul(bound, v128.load(SURELY_SINGLE)));
  const no = f32x4.lt(square, f32x4.mul(bound, v128.load(HARDLY_SINGLE)));
  const forward = f32x4.ge(d, f32x4.splat(0));
  if (v128.any_true(v128.andnot(v128.andnot(forward, yes), no))) return v128.and(closeOfSingles(d, o, t), forward);
  return v128.and(yes, forward);
}

/** dot² ≥ (C·oo)·tt in double precision. */
function closeOfSingles(dot: v128, oo: v128, tt: v128): v128 {
  const low = closeOfDoubles(f64x2.promote_low_f32x4(dot), f64x2.promote_low_f32x4(oo), f64x2.promote_low_f32x4(tt));
  const high = closeOfDoubles(promoteHigh(dot), promoteHigh(oo), promoteHigh(tt));
  return v128.shuffle<i32>(low, high, 0, 2, 4, 6);
}

// @ts-ignore: decorator
@inline
function promoteHigh(a: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<i32>(a, a, 2, 3, 2, 3));
}

// @ts-ignore: decorator
@inline
function closeOfDoubles(dot: v128, oo: v128, tt: v128): v128 {
  return f64x2.ge(f64x2.mul(dot, dot), f64x2.mul(f64x2.mul(v128.load(COS2_DOUBLE), oo), tt));
}

/** A mask of two lanes, of the four coefficients as doubles that hold integers. */
// @ts-ignore: decorator
@inline
export function closeOfCoefficients(oh: v128, ov: v128, th: v128, tv: v128): v128 {
  const dot = f64x2.add(f64x2.mul(oh, th), f64x2.mul(ov, tv));
  const oo = f64x2.add(f64x2.mul(oh, oh), f64x2.mul(ov, ov));
  const tt = f64x2.add(f64x2.mul(th, th), f64x2.mul(tv, tv));
  const square = f64x2.mul(dot, dot);
  const bound = f64x2.mul(oo, tt);
  const yes = f64x2.ge(square, f64x2.mul(bound, v128.load(SURELY_DOUBLE)));
  const no = f64x2.lt(square, f64x2.mul(bound, v128.load(HARDLY_DOUBLE)));
  const forward = f64x2.ge(dot, f64x2.splat(0));
  if (v128.any_true(v128.andnot(v128.andnot(forward, yes), no))) {
    const first = exactlyClose(lane0(oh), lane0(ov), lane0(th), lane0(tv));
    const second = exactlyClose(lane1(oh), lane1(ov), lane1(th), lane1(tv));
    return i64x2.replace_lane(i64x2.splat(first), 1, second);
  }
  return v128.and(yes, forward);
}

// @ts-ignore: decorator
@inline
function lane0(a: v128): i64 {
  return <i64>f64x2.extract_lane(a, 0);
}

// @ts-ignore: decorator
@inline
function lane1(a: v128): i64 {
  return <i64>f64x2.extract_lane(a, 1);
}

/** The definition: −1 for close, 0 for not. */
function exactlyClose(oh: i64, ov: i64, th: i64, tv: i64): i64 {
  const dot = <f64>(<f32>(oh * th + ov * tv));
  const oo = <f64>(<f32>(oh * oh + ov * ov));
  const tt = <f64>(<f32>(th * th + tv * tv));
  return dot >= 0 && dot * dot >= <f64>COS2 * oo * tt ? -1 : 0;
}
