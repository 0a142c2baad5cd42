import { assertPaired, coefficient, isCorrelatable } from './paired.ts';

/**
 * Kendall rank-order correlation coefficient (KROCC), tau-b: ties on either side are taken out of the denominator,
 * as in scipy.stats.kendalltau. O(N log N) by Knight's merge sort.
 *
 * @param predicted model scores [N]
 * @param target    teacher scores [N], same row order
 * @returns tau in [-1, 1]; null when either side is constant or not finite, or N < 2
 * @throws TrainError LENGTH_MISMATCH
 * @see Knight, "A computer method for calculating Kendall's tau with ungrouped data", JASA 61 (1966)
 * @example krocc([1, 2, 3], [10, 20, 20])?.toFixed(6) // => '0.816497'
 */
export function krocc(predicted: ArrayLike<number>, target: ArrayLike<number>): number | null {
  assertPaired(predicted, target);
  if (!isCorrelatable(predicted, target)) return null;
  const n = predicted.length;
  const x = Float64Array.from(predicted);
  const y = Float64Array.from(target);
  const order = Uint32Array.from(x.keys()).sort(
    (i, j) => (x[i] as number) - (x[j] as number) || (y[i] as number) - (y[j] as number),
  );
  const sortedX = Float64Array.from(order, (i) => x[i] as number);
  const sortedY = Float64Array.from(order, (i) => y[i] as number);
  const pairs = (n * (n - 1)) / 2;
  const tiedX = tiedPairs(n, (i) => sortedX[i] === sortedX[i - 1]);
  const tiedBoth = tiedPairs(n, (i) => sortedX[i] === sortedX[i - 1] && sortedY[i] === sortedY[i - 1]);
  const discordant = sortCountingSwaps(sortedY);
  const tiedY = tiedPairs(n, (i) => sortedY[i] === sortedY[i - 1]);
  const concordantMinusDiscordant = pairs - tiedX - tiedY + tiedBoth - 2 * discordant;
  return coefficient(concordantMinusDiscordant / Math.sqrt(pairs - tiedX) / Math.sqrt(pairs - tiedY));
}

/** Pairs within runs of equal values of a sorted sequence; `same(i)` compares item i with item i − 1. */
function tiedPairs(length: number, same: (index: number) => boolean): number {
  let pairs = 0;
  let run = 1;
  for (let i = 1; i <= length; i++) {
    if (i < length && same(i)) run++;
    else {
      pairs += (run * (run - 1)) / 2;
      run = 1;
    }
  }
  return pairs;
}

/** Bottom-up merge sort in place; returns how many pairs were out of order. */
function sortCountingSwaps(values: Float64Array): number {
  let swaps = 0;
  let from: Float64Array = values;
  let to: Float64Array = new Float64Array(values.length);
  for (let width = 1; width < values.length; width *= 2) {
    for (let start = 0; start < values.length; start += 2 * width) {
      const middle = Math.min(start + width, values.length);
      const end = Math.min(start + 2 * width, values.length);
      let left = start;
      let right = middle;
      for (let k = start; k < end; k++) {
        if (left < middle && (right >= end || (from[left] as number) <= (from[right] as number)))
          to[k] = from[left++] as number;
        else {
          to[k] = from[right++] as number;
          swaps += middle - left;
        }
      }
    }
    [from, to] = [to, from];
  }
  if (from !== values) values.set(from);
  return swaps;
}
