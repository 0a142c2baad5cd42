// x^(1/3) in single precision as glibc's powf computes it, from the published hexadecimal constants.
const single = new Float32Array(1);
const singleBits = new Uint32Array(single.buffer);
const double = new Float64Array(1);
const doubleBits = new BigUint64Array(double.buffer);

/** A C99 hexadecimal float. */
function hex(text: string): number {
  const [, sign, fraction = '', exponent] = /^(-?)0x1(?:\.([0-9a-f]+))?p([+-]?\d+)$/.exec(text)!;
  doubleBits[0] = (BigInt(1023 + Number(exponent)) << 52n) | BigInt(`0x${fraction.padEnd(13, '0')}`);
  return sign === '-' ? -double[0]! : double[0]!;
}

const LOG = [
  ['0x1.661ec79f8f3bep+0', '-0x1.efec65b963019p-2'],
  ['0x1.571ed4aaf883dp+0', '-0x1.b0b6832d4fca4p-2'],
  ['0x1.49539f0f010bp+0', '-0x1.7418b0a1fb77bp-2'],
  ['0x1.3c995b0b80385p+0', '-0x1.39de91a6dcf7bp-2'],
  ['0x1.30d190c8864a5p+0', '-0x1.01d9bf3f2b631p-2'],
  ['0x1.25e227b0b8eap+0', '-0x1.97c1d1b3b7afp-3'],
  ['0x1.1bb4a4a1a343fp+0', '-0x1.2f9e393af3c9fp-3'],
  ['0x1.12358f08ae5bap+0', '-0x1.960cbbf788d5cp-4'],
  ['0x1.0953f419900a7p+0', '-0x1.a6f9db6475fcep-5'],
  ['0x1p+0', null],
  ['0x1.e608cfd9a47acp-1', '0x1.338ca9f24f53dp-4'],
  ['0x1.ca4b31f026aap-1', '0x1.476a9543891bap-3'],
  ['0x1.b2036576afce6p-1', '0x1.e840b4ac4e4d2p-3'],
  ['0x1.9c2d163a1aa2dp-1', '0x1.40645f0c6651cp-2'],
  ['0x1.886e6037841edp-1', '0x1.88e9c2c1b9ff8p-2'],
  ['0x1.767dcf5534862p-1', '0x1.ce0a44eb17bccp-2'],
].map(([inverse, log]) => [hex(inverse!), log === null ? 0 : hex(log!)] as const);
const A = [
  '0x1.27616c9496e0bp-2',
  '-0x1.71969a075c67ap-2',
  '0x1.ec70a6ca7baddp-2',
  '-0x1.7154748bef6c8p-1',
  '0x1.71547652ab82bp0',
].map(hex) as [number, number, number, number, number];
const C = ['0x1.c6af84b912394p-5', '0x1.ebfce50fac4f3p-3', '0x1.62e42ff0c52d6p-1'].map(hex) as [
  number,
  number,
  number,
];
/** The bits of 2^(i/32), rounded to double, less i << 47. */
const EXP =
  `3ff0000000000000 3fefd9b0d3158574 3fefb5586cf9890f 3fef9301d0125b51 3fef72b83c7d517b 3fef54873168b9aa
  3fef387a6e756238 3fef1e9df51fdee1 3fef06fe0a31b715 3feef1a7373aa9cb 3feedea64c123422 3feece086061892d 3feebfdad5362a27
  3feeb42b569d4f82 3feeab07dd485429 3feea47eb03a5585 3feea09e667f3bcd 3fee9f75e8ec5f74 3feea11473eb0187 3feea589994cce13
  3feeace5422aa0db 3feeb737b0cdc5e5 3feec49182a3f090 3feed503b23e255d 3feee89f995ad3ad 3feeff76f2fb5e47 3fef199bdd85529c
  3fef3720dcef9069 3fef5818dcfba487 3fef7c97337b9b5f 3fefa4afa2a490da 3fefd0765b6e4540`
    .split(/\s+/)
    .map((word) => BigInt(`0x${word}`));
const THIRD = Math.fround(1 / 3);
const SHIFT = (1.5 * 2 ** 52) / 32;

export function cubeRoot(x: number): number {
  if (x === 0) return 0;
  single[0] = x;
  let bits = singleBits[0]!;
  if (bits < 0x00800000) {
    single[0] = x * 2 ** 23;
    bits = (singleBits[0]! - (23 << 23)) >>> 0;
  }
  const offset = (bits - 0x3f330000) | 0;
  const exponentBits = offset & 0xff800000;
  singleBits[0] = bits - exponentBits;
  const [inverse, log] = LOG[(offset >>> 19) & 15]!;
  const r = single[0]! * inverse - 1;
  const r2 = r * r;
  let low = A[4] * r + (log + (exponentBits >> 23));
  low = (A[2] * r + A[3]) * r2 + low;
  const y = THIRD * ((A[0] * r + A[1]) * (r2 * r2) + low);
  const shifted = y + SHIFT;
  double[0] = shifted;
  const whole = doubleBits[0]!;
  const rest = y - (shifted - SHIFT);
  doubleBits[0] = BigInt.asUintN(64, EXP[Number(whole & 31n)]! + (whole << 47n));
  const power = double[0]!;
  return Math.fround(((C[0] * rest + C[1]) * (rest * rest) + (C[2] * rest + 1)) * power);
}
