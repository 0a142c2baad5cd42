import { FEATURE_SETS, writeFeatureTable, type ColumnData } from '@vqforge/table';

export type Columns = ColumnData[];

/** Multiplier and modulus of the "minimal standard" generator of Park and Miller, https://doi.org/10.1145/63039.63042 */
function minimalStandard(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

/**
 * A feature table in which every feature grows with a hidden quality and the teacher follows it, with some noise:
 * enough for an almost untrained network to correlate, not enough for a metric of 1.
 */
export function tableColumns({ sources = ['a', 'b', 'c'], rows = 60, seed = 1 } = {}): Columns {
  const random = minimalStandard(seed);
  const all = sources.flatMap((source) =>
    Array.from({ length: rows }, (_, row) => ({ source, row, quality: random() })),
  );
  const feature = (name: string, k: number): ColumnData => ({
    name,
    type: 'float64',
    values: all.map(({ quality }) => quality * (0.5 + k / 8) + 0.1 * random()),
  });
  return [
    { name: 'source', type: 'string', values: all.map(({ source }) => source) },
    {
      name: 'dis_basename',
      type: 'string',
      values: all.map(({ source, row }) => `${source}_${row % 2}.y4m`),
    },
    { name: 'frame_index', type: 'int32', values: all.map(({ row }) => Math.floor(row / 2)) },
    { name: 'vmaf', type: 'float64', values: all.map(({ quality }) => 20 + 76 * quality + 2 * random()) },
    ...FEATURE_SETS.canonical6.map(feature),
  ];
}

/** The table with one column's values or type changed. */
export function changed(
  columns: Columns,
  name: string,
  change: Partial<ColumnData> | ((value: never, row: number) => unknown),
): Columns {
  return columns.map((column) => {
    if (column.name !== name) return column;
    if (typeof change !== 'function') return { ...column, ...change };
    const values = Array.from(column.values as ArrayLike<never>, change) as (string | number | null)[];
    return { ...column, values };
  });
}

export function without(columns: Columns, ...names: string[]): Columns {
  return columns.filter(({ name }) => !names.includes(name));
}

/** Rows of a table, by index, in that order. */
export function rowsOf(columns: Columns, rows: readonly number[]): Columns {
  return columns.map((column) => ({
    ...column,
    values: rows.map((row) => column.values[row] as string | number | null),
  }));
}

export async function writeTable(path: string, columns: Columns): Promise<string> {
  await writeFeatureTable({ path, batches: [columns] });
  return path;
}
