import type { ArrowColumn } from './arrow-c-data.ts';

/**
 * Decodes IEEE 754 half precision (5 bits of exponent, 10 of fraction), which float64 holds exactly.
 *
 * @param halves [N] bit patterns
 * @param target [N]
 */
export function halfNumbers(halves: Uint16Array, target: Float64Array): void {
  for (let i = 0; i < halves.length; i++) {
    const bits = halves[i]!;
    const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
    const magnitude =
      exponent === 31
        ? fraction === 0
          ? Infinity
          : NaN
        : exponent === 0
          ? fraction * 2 ** -24
          : (1024 + fraction) * HALF_SCALES[exponent]!;
    target[i] = (bits & 0x8000) === 0 ? magnitude : -magnitude;
  }
}

/** 2^(exponent − 25): exact, as halving is. */
const HALF_SCALES = Float64Array.from({ length: 31 });
for (let exponent = 0, scale = 2 ** -25; exponent < 31; exponent++, scale *= 2) HALF_SCALES[exponent] = scale;

/** 10^0 to 10^22, the powers of ten that float64 holds exactly. */
const POWERS_OF_TEN = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

/** Format string of an Arrow decimal: precision, scale, and width in bits where that is not 128. */
const DECIMAL = /^d:(\d+),(-?\d+)(?:,(\d+))?$/;

/**
 * Decodes Arrow decimals, little-endian integers of 32 to 256 bits with a scale, to the float64 that is nearest to each.
 *
 * @param target [N]
 * @throws RangeError on a format that Arrow does not have
 */
export function decimalNumbers(memory: ArrayBuffer, column: ArrowColumn, target: Float64Array): void {
  const [, , scaleText, bits = '128'] = DECIMAL.exec(column.format) ?? [];
  const [scale, words] = [Number(scaleText), Number(bits) / 32];
  if (!Number.isInteger(scale) || ![1, 2, 4, 8].includes(words))
    throw new RangeError(`column ${column.name} decodes to Arrow type ${column.format}`);
  const start = (column.buffers[0] ?? 0) + column.offset * words * 4;
  const values = new Uint32Array(memory, start, target.length * words);
  for (let i = 0; i < target.length; i++) target[i] = nearest(values, i * words, words, scale);
}

function nearest(values: Uint32Array, at: number, words: number, scale: number): number {
  const high = values[at + words - 1]! | 0;
  const sign = high >> 31; // all bits of words that hold nothing else
  let isSmall = true; // the integer is below 2^53, so one division of exact numbers rounds once
  for (let word = 2; word < words && isSmall; word++) isSmall = (values[at + word]! | 0) === sign;
  if (isSmall && scale >= 0 && scale < POWERS_OF_TEN.length) {
    const upper = words === 1 ? sign : values[at + 1]! | 0;
    const integer = upper * 2 ** 32 + values[at]!;
    if (upper >> 31 === sign && Math.abs(integer) < 2 ** 53) return integer / POWERS_OF_TEN[scale]!;
  }
  let integer = BigInt(high);
  for (let word = words - 2; word >= 0; word--) integer = (integer << 32n) | BigInt(values[at + word]!);
  return Number(`${integer}e${-scale}`); // the text is exact, and reading it rounds once
}
