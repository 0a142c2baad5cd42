/**
 * Pearson's statistic Σ (observed − expected)² / expected. Under the hypothesis it is chi-square distributed; the tests
 * compare it with the quantile 1 − 1e-6, scipy.stats.chi2.ppf(1 - 1e-6, df). Seeds are fixed, so a pass stays a pass.
 */
export function chiSquare(observed: readonly number[], expected: readonly number[]): number {
  return observed.reduce((sum, count, i) => {
    const mean = expected.at(i)!;
    return sum + ((count - mean) * (count - mean)) / mean;
  }, 0);
}

/** The statistic against equal shares. */
export function chiSquareUniform(observed: readonly number[]): number {
  const total = observed.reduce((sum, count) => sum + count, 0);
  return chiSquare(
    observed,
    observed.map(() => total / observed.length),
  );
}

/** How often each key occurs, for the keys 0 … size − 1. */
export function histogram(size: number, keys: Iterable<number>): number[] {
  const counts = Array.from({ length: size }, () => 0);
  for (const key of keys) counts[key] = counts.at(key)! + 1;
  return counts;
}

/** How many standard deviations a binomial count lies from its mean. */
export function binomialDeviations(count: number, trials: number, probability: number): number {
  return Math.abs(count - trials * probability) / Math.sqrt(trials * probability * (1 - probability));
}
