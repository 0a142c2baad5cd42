/** Quantiles 0.975 of Student's t for 1 to 30 degrees of freedom, as tables have them; beyond, the last is wide enough. */
const STUDENT_T = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131,
  2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];

/**
 * The 95 % interval of the mean of n independent values: mean ± t · std / √n.
 *
 * @param std sample standard deviation (ddof 1)
 * @param n number of values
 * @returns null for fewer than two values
 * @example meanInterval(1, 0.3, 9) // => [0.7694, 1.2306]
 */
export function meanInterval(mean: number, std: number, n: number): [low: number, high: number] | null {
  if (n < 2) return null;
  const half = ((STUDENT_T[Math.min(n - 2, STUDENT_T.length - 1)] as number) * std) / Math.sqrt(n);
  return [mean - half, mean + half];
}
