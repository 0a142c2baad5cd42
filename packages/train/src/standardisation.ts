import { CONSTANT_BELOW, type Standardisation } from '@vqforge/artifact';

/**
 * Mean and population standard deviation (ddof 0) of each column in float64, over the given rows only.
 * Two passes with a correction term, so a column far from zero keeps its digits.
 *
 * @param columns one array per column
 * @param rows    indices of the rows to use, at least one
 */
export function fitStandardisation(columns: readonly Float64Array[], rows: Uint32Array): Standardisation {
  const moments = columns.map((column) => {
    let sum = 0;
    for (const row of rows) sum += column[row] as number;
    const centre = sum / rows.length;
    let squares = 0;
    let deviations = 0;
    for (const row of rows) {
      const deviation = (column[row] as number) - centre;
      squares += deviation * deviation;
      deviations += deviation;
    }
    const variance = (squares - (deviations * deviations) / rows.length) / rows.length;
    const deviation = Math.sqrt(Math.max(0, variance));
    // the deviations sum to 0 but for rounding: what they sum to corrects mean and variance
    const mean = centre + deviations / rows.length;
    return { mean, scale: deviation < CONSTANT_BELOW ? 1 : deviation };
  });
  return { mean: moments.map(({ mean }) => mean), scale: moments.map(({ scale }) => scale) };
}

/**
 * Standardised rows, computed in float64 and rounded once to float32.
 * @returns [rows, columns], row-major
 * @example standardise([Float64Array.of(1, 3)], Uint32Array.of(0, 1), { mean: [2], scale: [1] }); // => Float32Array [-1, 1]
 */
export function standardise(
  columns: readonly Float64Array[],
  rows: Uint32Array,
  { mean, scale }: Standardisation,
): Float32Array {
  const width = columns.length;
  const out = new Float32Array(rows.length * width);
  for (let c = 0; c < width; c++) {
    const column = columns[c] as Float64Array;
    const centre = mean[c] as number;
    const unit = scale[c] as number;
    for (let i = 0; i < rows.length; i++)
      out[i * width + c] = ((column[rows[i] as number] as number) - centre) / unit;
  }
  return out;
}
