import type { RegressorSidecar } from '@vqforge/artifact';

/** Feature rows less the mean of each feature, divided by its deviation: the input of the graph. */
export interface StandardisedRows {
  /** [N, F], row-major. */
  readonly inputs: Float32Array;
  /** [N], how far each row lies from what training saw. */
  readonly trust: Uint8Array;
}

/**
 * Where a row lies: each feature within the range of the table that the model was trained on, else each within the box of the
 * teacher probes that joined training, else beyond both.
 */
export const TRUST = { inTable: 0, inProbes: 1, beyond: 2 } as const;

/** Rows of all groups, one after another; those of a single group are not copied. */
export function joined(groups: readonly StandardisedRows[]): Float32Array {
  const [only] = groups;
  if (groups.length === 1 && only !== undefined) return only.inputs;
  const inputs = new Float32Array(groups.reduce((sum, group) => sum + group.inputs.length, 0));
  let at = 0;
  for (const group of groups) {
    inputs.set(group.inputs, at);
    at += group.inputs.length;
  }
  return inputs;
}

/** Answered values cut into those of each group: one per row, which the check of outputs has counted. */
export function partsOf(raw: Float32Array, groups: readonly StandardisedRows[]): Float32Array[] {
  if (groups.length === 1) return [raw];
  let row = 0;
  return groups.map(({ trust }) => raw.slice(row, (row += trust.length)));
}

/** Mean and deviation of one feature, and its range in training. */
export interface ColumnStatistics {
  readonly mean: number;
  readonly std: number;
  readonly min: number;
  readonly max: number;
  /** Range over the teacher probes; that of the table where there were none. */
  readonly probeMin: number;
  readonly probeMax: number;
}

/**
 * A function of its own, which is compiled once: it is most of what a call costs beside the model.
 *
 * @param offset of the column within a row of `width` columns
 * @returns how many values are not inside the range: those outside, and NaN
 */
export function standardiseColumn(
  features: Float32Array | Float64Array,
  { mean, std, min, max }: ColumnStatistics,
  offset: number,
  width: number,
  inputs: Float32Array,
): number {
  let outside = 0;
  for (let i = offset; i < features.length; i += width) {
    const value = features[i] as number;
    inputs[i] = (value - mean) / std;
    if (!(value >= min && value <= max)) outside++;
  }
  return outside;
}

/**
 * Marks the rows that lie outside what training saw.
 *
 * @param features [N, F], row-major
 * @param trust [N], written for rows with a value outside the table's range: `inProbes` or `beyond`
 */
export function markOutside(
  features: Float32Array | Float64Array,
  columns: readonly ColumnStatistics[],
  trust: Uint8Array,
): void {
  for (let row = 0, start = 0; row < trust.length; row++, start += columns.length) {
    let isOutside = false;
    let isBeyond = false;
    for (const [column, { min, max, probeMin, probeMax }] of columns.entries()) {
      const value = features[start + column] as number;
      isOutside ||= value < min || value > max;
      isBeyond ||= value < probeMin || value > probeMax;
    }
    if (isOutside) trust[row] = isBeyond ? TRUST.beyond : TRUST.inProbes;
  }
}

/** @param round what the features went through: none of training's own is outside bounds that are rounded alike */
export function columnStatistics(
  sidecar: RegressorSidecar,
  round: (value: number) => number,
): ColumnStatistics[] {
  const isGraphs = sidecar.input_standardised_by === 'graph';
  const probes = sidecar.training.augmentation;
  return sidecar.feature_order.map((_, column) => ({
    mean: isGraphs ? 0 : (sidecar.feature_mean[column] as number),
    std: isGraphs ? 1 : (sidecar.feature_std[column] as number),
    min: round(sidecar.feature_min[column] as number),
    max: round(sidecar.feature_max[column] as number),
    probeMin: round((probes?.feature_min ?? sidecar.feature_min)[column] as number),
    probeMax: round((probes?.feature_max ?? sidecar.feature_max)[column] as number),
  }));
}
