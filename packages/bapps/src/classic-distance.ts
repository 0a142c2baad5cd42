import { RANGE, type Colourspace } from './colour.ts';
import { PATCH_SIDE } from './layout.ts';

/**
 * Mean squared difference. In RGB of values in [-1, 1]; in Lab half the mean of ((a − b) / 100)². So are upstream's
 * `L2` and `l2`.
 *
 * @param a values of a patch, interleaved [64, 64, 3], as `colours` gives them
 */
export function l2Distance(a: Float64Array, b: Float64Array, space: Colourspace): number {
  const scale = space === 'RGB' ? 2 / RANGE.RGB : 1 / RANGE.Lab;
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += (scale * ((a[at] as number) - (b[at] as number))) ** 2;
  const meanSquare = sum / a.length;
  return space === 'RGB' ? meanSquare : 0.5 * meanSquare;
}

/** Side of the window, and the constants of Wang et al. */
const WINDOW = 7;
const [K1, K2] = [0.01, 0.03];

/**
 * (1 − SSIM) / 2, SSIM as scikit-image's `structural_similarity` has it by default and upstream calls it: uniform
 * windows of 7 × 7 that lie whole in the patch, sample covariance, the mean over windows and then over channels.
 *
 * @param a values of a patch, interleaved [64, 64, 3], as `colours` gives them
 * @see Wang et al., "Image quality assessment: from error visibility to structural similarity", IEEE TIP 13(4), 2004
 */
export function dssimDistance(a: Float64Array, b: Float64Array, space: Colourspace): number {
  const [c1, c2] = [(K1 * RANGE[space]) ** 2, (K2 * RANGE[space]) ** 2];
  const pixels = WINDOW * WINDOW;
  const windows = (PATCH_SIDE - WINDOW + 1) ** 2;
  let similarity = 0;
  for (let channel = 0; channel < 3; channel++) {
    const [meanA, meanB, squareA, squareB, product] = momentsOf(a, b, channel).map(windowMeans) as Moments;
    for (let at = 0; at < windows; at++) {
      const [ma, mb] = [meanA[at] as number, meanB[at] as number];
      const unbiased = pixels / (pixels - 1);
      const varianceA = unbiased * ((squareA[at] as number) - ma * ma);
      const varianceB = unbiased * ((squareB[at] as number) - mb * mb);
      const covariance = unbiased * ((product[at] as number) - ma * mb);
      similarity +=
        ((2 * ma * mb + c1) * (2 * covariance + c2)) /
        ((ma * ma + mb * mb + c1) * (varianceA + varianceB + c2));
    }
  }
  return (1 - similarity / (3 * windows)) / 2;
}

/** Planes of a, b, a², b² and a b. */
type Moments = [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];

function momentsOf(a: Float64Array, b: Float64Array, channel: number): Moments {
  const pixels = PATCH_SIDE * PATCH_SIDE;
  const plane = (): Float64Array => new Float64Array(pixels);
  const [planeA, planeB, squareA, squareB, product]: Moments = [plane(), plane(), plane(), plane(), plane()];
  for (let at = 0; at < pixels; at++) {
    const [valueA, valueB] = [a[3 * at + channel] as number, b[3 * at + channel] as number];
    planeA[at] = valueA;
    planeB[at] = valueB;
    squareA[at] = valueA * valueA;
    squareB[at] = valueB * valueB;
    product[at] = valueA * valueB;
  }
  return [planeA, planeB, squareA, squareB, product];
}

/** Means over all whole windows, row by row: sums along lines, then along columns. */
function windowMeans(plane: Float64Array): Float64Array {
  const across = PATCH_SIDE - WINDOW + 1;
  const lines = new Float64Array(PATCH_SIDE * across);
  for (let y = 0; y < PATCH_SIDE; y++) {
    for (let x = 0; x < across; x++) {
      let sum = 0;
      for (let tap = 0; tap < WINDOW; tap++) sum += plane[y * PATCH_SIDE + x + tap] as number;
      lines[y * across + x] = sum;
    }
  }
  const means = new Float64Array(across * across);
  for (let at = 0; at < means.length; at++) {
    let sum = 0;
    for (let tap = 0; tap < WINDOW; tap++) sum += lines[at + tap * across] as number;
    means[at] = sum / (WINDOW * WINDOW);
  }
  return means;
}
