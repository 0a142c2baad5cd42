/** Weights of R', G' and B' in Y' of BT.709, times 10,000. */
const [RED, GREEN, BLUE] = [2126, 7152, 722];

/** 10,000 · 255: what white sums to. */
const WHITE = 10_000 * 255;

/**
 * Luma of an R'G'B' image: Y' = 16 + 219 · (0.2126 R' + 0.7152 G' + 0.0722 B') / 255 of BT.709, limited range, rounded half up.
 *
 * @param image R'G'B' of 8 bits, interleaved [H, W, 3]
 * @returns [H, W], codes from 16 to 235
 * @see ITU-R BT.709-6, 3.2 and 4.6
 * @example imageLuma({ rgb: Uint8Array.of(0, 0, 0, 255, 0, 0, 255, 255, 255) }) // => Uint8Array [16, 63, 235]
 */
export function imageLuma({ rgb }: { readonly rgb: Uint8Array }): Uint8Array {
  const luma = new Uint8Array(rgb.length / 3);
  for (let i = 0, at = 0; i < luma.length; i++, at += 3) {
    const sum = RED * (rgb[at] as number) + GREEN * (rgb[at + 1] as number) + BLUE * (rgb[at + 2] as number);
    luma[i] = 16 + Math.floor((219 * sum) / WHITE + 0.5);
  }
  return luma;
}
