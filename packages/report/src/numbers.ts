/** Correlations and fractions; five decimals, as the command line prints them. */
export function metric(value: number | null): string {
  return value === null ? 'undefined' : signed(value.toFixed(5));
}

/** VMAF points and other values of a teacher's scale. */
export function points(value: number | null, digits = 3): string {
  return value === null ? 'undefined' : signed(value.toFixed(digits));
}

/** A fraction in per cent. */
export function percent(fraction: number | null, digits = 1): string {
  return fraction === null ? 'undefined' : `${signed((100 * fraction).toFixed(digits))} %`;
}

/** A fraction in per cent and the interval it lies in, for columns whose head says so. */
export function percentRange(
  { low, high }: { readonly low: number; readonly high: number },
  digits = 1,
): string {
  return `${signed((100 * low).toFixed(digits))} to ${signed((100 * high).toFixed(digits))}`;
}

/**
 * A whole number with a comma between thousands.
 *
 * @example count(10320) // => '10,320'
 */
export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** Typographic minus, and no minus before a zero. */
function signed(text: string): string {
  return /^-[0.]*$/.test(text) ? text.slice(1) : text.replace('-', '−');
}

/** A coordinate in a drawing: a tenth of a unit is below what a screen shows. */
export function place(value: number): number {
  return Math.round(value * 10) / 10;
}

/** Quantile of sorted values with linear interpolation (type 7, the default of R and NumPy); NaN when there are none. */
export function quantile(sorted: Float64Array, fraction: number): number {
  const position = fraction * (sorted.length - 1);
  const below = sorted[Math.floor(position)] ?? NaN;
  const above = sorted[Math.ceil(position)] ?? NaN;
  return below + (above - below) * (position - Math.floor(position));
}
