/** Uniform in [0, 1): a 32-bit linear congruential generator (Numerical Recipes' constants). */
export function generator(seed) {
  let state = seed >>> 0;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}
