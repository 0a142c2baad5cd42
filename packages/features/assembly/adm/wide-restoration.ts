// The split of a distorted coefficient at scales 1 to 3, in doubles that hold integers.
//
//   q = |o|, rounded to its upper 15 bits:  n such that (|o| + 2^(n−1)) >> n ≤ 2^15
//   k = clamp((⌊2^30/q⌋·t·sign(o) + 2^(14+n)) >> (15+n), 0, 2^15);  r = (k·o + 2^14) >> 15
//   where the edge keeps its direction:  |r| = min(trunc(|r|·limit), |t|)

/** Biased exponent 1023 + 1037, at its place: minus the exponent of |o| it gives 2^(14−e) = 2^−n. */
const EXPONENT_2060: usize = memory.data<u64>([0x80c0000000000000, 0x80c0000000000000], 16);
const EXPONENT: usize = memory.data<u64>([0x7ff0000000000000, 0x7ff0000000000000], 16);
const SIGN: usize = memory.data<u64>([0x8000000000000000, 0x8000000000000000], 16);
const ONE: usize = memory.data<f64>([1, 1], 16);
const HALF: usize = memory.data<f64>([0.5, 0.5], 16);
const TWO_30: usize = memory.data<f64>([1073741824, 1073741824], 16);
const TWO_15: usize = memory.data<f64>([32768, 32768], 16);
const BY_32768: usize = memory.data<f64>([0.000030517578125, 0.000030517578125], 16);
const LIMIT: usize = memory.data(16, 16);

export function setWideEnhancementLimit(limit: f64): void {
  v128.store(LIMIT, f64x2.splat(limit));
}

/** r of two coefficients; `close` is a mask, `wholeLimit` a constant: an integer times an integer needs no truncation. */
// @ts-ignore: decorator
@inline
export function wideRestored(o: v128, t: v128, close: v128, wholeLimit: bool): v128 {
  const half = v128.load(HALF);
  const size = f64x2.pmax(f64x2.abs(o), v128.load(ONE)); // o = 0: k is then of no account
  const target = f64x2.abs(t);
  const within = f64x2.pmin(target, f64x2.add(size, size)); // k is 2^15 from there on; keeps products exact
  const unit = f64x2.pmin(i64x2.sub(v128.load(EXPONENT_2060), v128.and(size, v128.load(EXPONENT))), v128.load(ONE));
  const q = f64x2.floor(f64x2.add(f64x2.mul(size, unit), half));
  const reciprocal = f64x2.floor(f64x2.div(v128.load(TWO_30), q));
  const product = f64x2.mul(f64x2.mul(reciprocal, within), f64x2.mul(unit, v128.load(BY_32768)));
  let k = f64x2.pmin(f64x2.floor(f64x2.add(product, half)), v128.load(TWO_15));
  k = v128.andnot(k, f64x2.lt(f64x2.mul(o, t), f64x2.splat(0)));
  const r = f64x2.floor(f64x2.add(f64x2.mul(f64x2.mul(k, o), v128.load(BY_32768)), half));
  const raised = f64x2.mul(f64x2.abs(r), v128.load(LIMIT));
  const enhanced = f64x2.pmin(wholeLimit ? raised : f64x2.trunc(raised), target);
  return v128.bitselect(v128.or(enhanced, v128.and(o, v128.load(SIGN))), r, close);
}
