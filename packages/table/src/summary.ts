import type { FeatureTable } from './feature-table.ts';

/** Facts that a manifest or a sidecar states about a table, read from the data. */
export interface TableSummary {
  readonly rows: number;
  /** Distinct (source, dis_basename), where the table has dis_basename. */
  readonly pairs?: number;
  readonly sources: readonly { readonly name: string; readonly rows: number }[];
  /** Teacher first, then features. */
  readonly columns: readonly ({ readonly name: string } & ColumnStatistics)[];
}

/** Extremes, mean and population standard deviation (ddof 0) of one column. */
export interface ColumnStatistics {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly std: number;
}

/**
 * Counts what a table holds: rows, pairs of source and distorted clip, rows of each source, range and mean of each column.
 *
 * @example summariseTable(await loadFeatureTable({ paths: ['datasets/open9'], features: 'canonical6' })).pairs; // => 72
 */
export function summariseTable(table: FeatureTable): TableSummary {
  const { rows, source, disBasename, teacherColumn, featureColumns, columns } = table;
  const rowsOfSource = new Uint32Array(source.names.length);
  for (const code of source.codes) rowsOfSource[code]!++;
  return {
    rows,
    ...(disBasename && { pairs: countPairs(source.codes, disBasename.codes) }),
    sources: source.names.map((name, code) => ({ name, rows: rowsOfSource[code]! })),
    columns: [teacherColumn, ...featureColumns].map((name) => ({
      name,
      ...columnStatistics(columns.get(name)!),
    })),
  };
}

/** Rows are in canonical order, so the rows of a pair are adjacent. */
function countPairs(source: Uint32Array, disBasename: Uint32Array): number {
  let pairs = 0;
  for (let i = 0; i < source.length; i++) {
    if (i === 0 || source[i] !== source[i - 1] || disBasename[i] !== disBasename[i - 1]) pairs++;
  }
  return pairs;
}

/**
 * Statistics of finite values, in two passes: sums run in row order, so equal tables give equal bits.
 *
 * @param values at least one
 * @example columnStatistics(Float64Array.of(1, 3)) // => { min: 1, max: 3, mean: 2, std: 1 }
 */
export function columnStatistics(values: Float64Array): ColumnStatistics {
  let min = Infinity;
  let max = -Infinity;
  let sum = 0;
  for (const value of values) {
    if (value < min) min = value;
    if (value > max) max = value;
    sum += value;
  }
  const mean = sum / values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) * (value - mean);
  return { min, max, mean, std: Math.sqrt(squares / values.length) };
}
