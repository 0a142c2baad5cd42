// What a filter reads beyond the picture's edge.

/** Mirrors at both edge samples without repeating them, with period 2n − 2: … 2 1 [0 1 … n−1] n−2 n−3 … */
export function mirror(i: i32, n: i32): i32 {
  const period = 2 * n - 2;
  i %= period;
  if (i < 0) i += period;
  return i < n ? i : period - i;
}

/** Mirrors at the first sample without repeating it, at the last one repeating it: … 2 1 [0 1 … n−1] n−1 n−2 … */
export function mirrorRepeatingLast(i: i32, n: i32): i32 {
  if (i < 0) return -i;
  return i < n ? i : 2 * n - 1 - i;
}
