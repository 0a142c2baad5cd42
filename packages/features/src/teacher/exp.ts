/** ln 2 in two parts: the first has 33 significant bits, so that its product with an exponent of 11 bits is exact. */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;

/** 1/0!, 1/1!, … 1/13!: on |r| ≤ ln 2 / 2 the term left out is below 5e-18. */
const INVERSE_FACTORIALS: readonly number[] = Array.from({ length: 14 }, (_, n) => {
  let factorial = 1;
  for (let k = 2; k <= n; k++) factorial *= k;
  return 1 / factorial;
});

/** Beyond these, e^x is no float64: it rounds to 0 or to infinity. */
const LEAST = -745.2;
const MOST = 709.79;

/** The largest power of two that one multiplication applies without leaving the normal numbers. */
const STEP = 1000;

/**
 * e^x from + − × ÷ alone, within 1 ulp of the true value: the same bits on every machine, unlike `Math.exp`.
 *
 * x = k·ln 2 + r with |r| ≤ ln 2 / 2; e^r is its Taylor sum of degree 13 by Horner's rule, 2^k is exact.
 *
 * @returns NaN for NaN, 0 and infinity beyond the range of float64
 * @example exp(0.5) // => 1.6487212707001282
 */
export function exp(x: number): number {
  if (Number.isNaN(x)) return NaN;
  if (x < LEAST) return 0;
  if (x > MOST) return Infinity;
  const exponent = Math.floor(x * Math.LOG2E + 0.5);
  const rest = x - exponent * LN2_HIGH - exponent * LN2_LOW;
  let sum = 0;
  for (let n = INVERSE_FACTORIALS.length - 1; n >= 0; n--)
    sum = sum * rest + (INVERSE_FACTORIALS[n] as number);
  return timesPowerOfTwo(sum, exponent);
}

/** value · 2^exponent, rounded once. */
function timesPowerOfTwo(value: number, exponent: number): number {
  if (exponent < -STEP) return value * powerOfTwo(-STEP) * powerOfTwo(exponent + STEP);
  if (exponent > STEP) return value * powerOfTwo(STEP) * powerOfTwo(exponent - STEP);
  return value * powerOfTwo(exponent);
}

const word = new DataView(new ArrayBuffer(8));

/** 2^exponent for −1022 to 1023, by its bits. */
function powerOfTwo(exponent: number): number {
  word.setUint32(0, (exponent + 1023) << 20);
  word.setUint32(4, 0);
  return word.getFloat64(0);
}
