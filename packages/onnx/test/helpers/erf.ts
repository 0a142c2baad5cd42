/**
 * The error function in float64, by the series erf x = 2/√π · e^(−x²) · Σ 2ⁿ x^(2n+1) / (1·3·…·(2n+1)).
 * All terms have the sign of x, so nothing cancels: a few units in the last place.
 *
 * @see Abramowitz & Stegun, Handbook of Mathematical Functions, 7.1.6
 */
export function erf(x: number): number {
  // erfc(6) is 2e-17, below half an ulp of 1
  if (Math.abs(x) >= 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > Math.abs(sum) * Number.EPSILON; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}
