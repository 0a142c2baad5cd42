/** Which numbers a classic metric compares: CIE L*a*b*, or bytes of RGB. */
export type Colourspace = 'Lab' | 'RGB';

/** Values between the darkest and the brightest: what upstream takes for the range of each. */
export const RANGE: Readonly<Record<Colourspace, number>> = { Lab: 100, RGB: 255 };

/**
 * The values of a patch in a colour space, for the classic metrics.
 *
 * @param rgb interleaved bytes [64, 64, 3]
 * @param truncating pass the bytes through upstream's `tensor2im`, which truncates where it should round
 * @returns interleaved [64, 64, 3]
 */
export function colours(rgb: Uint8Array, space: Colourspace, truncating: boolean): Float64Array {
  const bytes = truncating ? rgb.map((byte) => TRUNCATED[byte] as number) : rgb;
  return space === 'Lab' ? lab(bytes) : Float64Array.from(bytes);
}

/**
 * What upstream makes of each byte: ToTensor and Normalize map it to [-1, 1] in float32, `tensor2im` back to [0, 255],
 * and the cast to uint8 cuts off the fraction: 63 of the 256 come back one lower.
 */
const TRUNCATED = Uint8Array.from({ length: 256 }, (_, byte) => {
  const normalised = Math.fround(Math.fround(Math.fround(byte / 255) - 0.5) / 0.5);
  return Math.trunc(Math.fround(Math.fround(normalised + 1) * 127.5));
});

/** Linear light of each byte of sRGB (IEC 61966-2-1). */
const LINEAR = Float64Array.from({ length: 256 }, (_, byte) => {
  const value = byte / 255;
  return value > 0.04045 ? ((value + 0.055) / 1.055) ** 2.4 : value / 12.92;
});

/** Rows of X, Y, Z from linear RGB, over the white of D65 at 2°: the numbers of scikit-image. */
const XYZ = Float64Array.of(
  ...[0.412453, 0.35758, 0.180423].map((part) => part / 0.95047),
  0.212671,
  0.71516,
  0.072169,
  ...[0.019334, 0.119193, 0.950227].map((part) => part / 1.08883),
);

/** scikit-image's `rgb2lab`, rounded to float32, as upstream's way through a tensor does. */
function lab(rgb: Uint8Array): Float64Array {
  const values = new Float64Array(rgb.length);
  for (let at = 0; at < rgb.length; at += 3) {
    const red = LINEAR[rgb[at] as number] as number;
    const green = LINEAR[rgb[at + 1] as number] as number;
    const blue = LINEAR[rgb[at + 2] as number] as number;
    const x = response(0, red, green, blue);
    const y = response(3, red, green, blue);
    const z = response(6, red, green, blue);
    values[at] = Math.fround(116 * y - 16);
    values[at + 1] = Math.fround(500 * (x - y));
    values[at + 2] = Math.fround(200 * (y - z));
  }
  return values;
}

/** Cube root of a row of XYZ, and a line where that would be too steep (CIE 15). */
function response(row: number, red: number, green: number, blue: number): number {
  const value =
    (XYZ[row] as number) * red + (XYZ[row + 1] as number) * green + (XYZ[row + 2] as number) * blue;
  return value > 0.008856 ? Math.cbrt(value) : 7.787 * value + 16 / 116;
}
