/**
 * Peak signal-to-noise ratio of one plane, as libvmaf has it: min(10·log10(peak² / max(mse, 1e-16)), 6·bits + 12) decibels
 * with peak = 2^bits − 1. Equal planes have the upper bound.
 *
 * @param reference samples of the plane, row by row
 * @param distorted as many samples
 * @param bitDepth bits of a sample, 8 to 16
 * @returns decibels
 * @example planePsnr(Uint8Array.of(0, 0), Uint8Array.of(0, 255), 8) // => 3.010299956639812
 */
export function planePsnr(
  reference: Uint8Array | Uint16Array,
  distorted: Uint8Array | Uint16Array,
  bitDepth: number,
): number {
  const samples = reference.length;
  // whole numbers below 2^53: 2^26 samples of 16 bits sum to less than 2^58, so sums are taken in parts
  let squares = 0;
  for (let start = 0; start < samples; start += PART) {
    const end = Math.min(samples, start + PART);
    let part = 0;
    for (let i = start; i < end; i++) {
      const difference = (reference[i] as number) - (distorted[i] as number);
      part += difference * difference;
    }
    squares += part;
  }
  const peak = 2 ** bitDepth - 1; // exact: a power of two
  const meanSquare = squares / samples;
  const signalToNoise = (peak * peak) / Math.max(meanSquare, 1e-16);
  return Math.min(10 * Math.log10(signalToNoise), 6 * bitDepth + 12); // bits do not ship: read at six decimals
}

/** Samples whose squared differences of 16 bits sum to less than 2^53. */
const PART = 2 ** 20;
