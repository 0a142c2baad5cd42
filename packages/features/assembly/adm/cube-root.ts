// x^(1/3) in single precision, with the exponent 0x3eaaaaab, as glibc's powf (2.28 and later) computes it: a table and a
// polynomial for log2, a table and a polynomial for 2^y, in double precision, without fused operations.
// The tables are those of Arm's optimized routines (MIT).

const THIRD: f64 = <f64>(<f32>(1.0 / 3.0));
/** log2(z) = log2c + polynomial(z·invc − 1), 16 intervals: pairs of invc and log2c. */
const LOGARITHMS: usize = memory.data<f64>([
  1.398907162146528, -0.48430022186289673, 1.3403141896637998, -0.42257122959194704,
  1.286432210124115, -0.3633754347673556, 1.2367150214269895, -0.30651309567405577,
  1.1906977166711752, -0.25180720160537634, 1.1479821020556429, -0.19910014943794563,
  1.1082251448272158, -0.14825100623281615, 1.0711297413057381, -0.09913323807318392,
  1.036437278977283, -0.051632812977629436, 1.0, 0.0,
  0.9492859795739057, 0.07508531937943004, 0.8951049428609004, 0.15987125980713107,
  0.8476821620351103, 0.2384046664317681, 0.8050314851692001, 0.31288288605863257,
  0.7664671008843108, 0.38370422656453185, 0.731428603316328, 0.451211048935815,
]);
const A0: f64 = 0.288457581109214;
const A1: f64 = -0.36092606229713164;
const A2: f64 = 0.480898481472577;
const A3: f64 = -0.7213474675006291;
const A4: f64 = 1.4426950408774342;
/** 2^(i/32) rounded to double, its bits less i << 47. */
const POWERS: usize = memory.data<u64>([
  0x3ff0000000000000, 0x3fefd9b0d3158574, 0x3fefb5586cf9890f, 0x3fef9301d0125b51,
  0x3fef72b83c7d517b, 0x3fef54873168b9aa, 0x3fef387a6e756238, 0x3fef1e9df51fdee1,
  0x3fef06fe0a31b715, 0x3feef1a7373aa9cb, 0x3feedea64c123422, 0x3feece086061892d,
  0x3feebfdad5362a27, 0x3feeb42b569d4f82, 0x3feeab07dd485429, 0x3feea47eb03a5585,
  0x3feea09e667f3bcd, 0x3fee9f75e8ec5f74, 0x3feea11473eb0187, 0x3feea589994cce13,
  0x3feeace5422aa0db, 0x3feeb737b0cdc5e5, 0x3feec49182a3f090, 0x3feed503b23e255d,
  0x3feee89f995ad3ad, 0x3feeff76f2fb5e47, 0x3fef199bdd85529c, 0x3fef3720dcef9069,
  0x3fef5818dcfba487, 0x3fef7c97337b9b5f, 0x3fefa4afa2a490da, 0x3fefd0765b6e4540,
]);
const C0: f64 = 0.05550361559341535;
const C1: f64 = 0.2402284522445722;
const C2: f64 = 0.6931471806916203;
/** 1.5·2^52 / 32: what is added to a double to round it to a multiple of 1/32. */
const SHIFT: f64 = 6755399441055744.0 / 32.0;

/** powf(x, 1/3) for finite x ≥ 0. */
export function cubeRoot(x: f32): f32 {
  if (x == 0) return 0;
  return powerOfTwo(THIRD * log2(x));
}

function log2(x: f32): f64 {
  let bits = reinterpret<u32>(x);
  if (bits < 0x00800000) bits = reinterpret<u32>(x * 8388608) - (23 << 23); // a subnormal number
  const offset = bits - 0x3f330000;
  const interval = <usize>((offset >> 19) & 15);
  const exponentBits = offset & 0xff800000;
  const exponent = <i32>exponentBits >> 23;
  const z = <f64>reinterpret<f32>(bits - exponentBits);
  const r = z * load<f64>(LOGARITHMS + interval * 16) - 1.0;
  const y0 = load<f64>(LOGARITHMS + interval * 16, 8) + <f64>exponent;
  const r2 = r * r;
  const r4 = r2 * r2;
  const high = A0 * r + A1;
  const middle = A2 * r + A3;
  let low = A4 * r + y0;
  low = middle * r2 + low;
  return high * r4 + low;
}

function powerOfTwo(y: f64): f32 {
  const shifted = y + SHIFT;
  const bits = reinterpret<u64>(shifted);
  const r = y - (shifted - SHIFT);
  const scale = reinterpret<f64>(load<u64>(POWERS + <usize>(bits & 31) * 8) + (bits << 47));
  const high = C0 * r + C1;
  const low = C2 * r + 1.0;
  return <f32>((high * (r * r) + low) * scale);
}
