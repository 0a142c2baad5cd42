import type { ColumnData, ColumnType } from '@vqforge/table';

export const FEATURES = ['adm2', 'vif_scale0', 'vif_scale1', 'vif_scale2', 'vif_scale3', 'motion2'] as const;

export type Value = string | number | bigint | boolean | null;

/** Columns by name; values may be replaced by invalid ones. */
export type Columns = Record<string, { type: ColumnType; values: Value[] }>;

export interface Shape {
  readonly sources?: readonly string[];
  readonly pairs?: number;
  readonly frames?: number;
}

/** An element that is there. */
export function at<T>(values: ArrayLike<T>, index: number): T {
  const value = values[index];
  if (value === undefined) throw new RangeError(`no element ${index}`);
  return value;
}

/** The values of a column that is there. */
export function valuesOf(columns: Columns, name: string): Value[] {
  return column(columns, name).values;
}

export function column(columns: Columns, name: string): Columns[string] {
  const found = columns[name];
  if (found === undefined) throw new RangeError(`no column ${name}`);
  return found;
}

/** sources × pairs × frames rows in key order; measures are multiples of 1/64 below 64, exact in float32. */
export function smallTable({
  sources = ['Bottles', 'Cars', 'Flower'],
  pairs = 2,
  frames = 10,
}: Shape = {}): Columns {
  const keys = sources.flatMap((source) =>
    Array.from({ length: pairs }, (_, pair) =>
      Array.from({ length: frames }, (_, frame) => ({ source, dis: `${source}_${pair}.y4m`, frame })),
    ).flat(),
  );
  const measure = (k: number): Value[] => keys.map((_, i) => ((i * (37 + 2 * k) + k * 11) % 4096) / 64);
  return {
    source: { type: 'string', values: keys.map(({ source }) => source) },
    dis_basename: { type: 'string', values: keys.map(({ dis }) => dis) },
    frame_index: { type: 'int64', values: keys.map(({ frame }) => BigInt(frame)) },
    vmaf: { type: 'float64', values: measure(0) },
    ...Object.fromEntries(
      FEATURES.map((name, k) => [name, { type: 'float64' as const, values: measure(k + 1) }]),
    ),
  };
}

/** The columns in the given order (default: as they are), for the writer. */
export function toBatch(columns: Columns, order: readonly string[] = Object.keys(columns)): ColumnData[] {
  return order.map((name) => ({ name, ...column(columns, name) }));
}

/** The same table with its rows in another order, or with only some of them. */
export function pickRows(columns: Columns, rows: readonly number[]): Columns {
  return Object.fromEntries(
    Object.entries(columns).map(([name, { type, values }]) => [
      name,
      { type, values: rows.map((row) => at(values, row)) },
    ]),
  );
}

export function without(columns: Columns, ...names: string[]): Columns {
  return Object.fromEntries(Object.entries(columns).filter(([name]) => !names.includes(name)));
}

/** A copy in which one column has another type or other values. */
export function replace(columns: Columns, name: string, change: Partial<Columns[string]>): Columns {
  return { ...columns, [name]: { ...column(columns, name), ...change } };
}

/** A copy in which column[row] is value, for each entry of `cells`. */
export function poke(columns: Columns, name: string, cells: Record<number, Value>): Columns {
  return replace(columns, name, {
    values: valuesOf(columns, name).map((value, row) => (cells[row] === undefined ? value : cells[row])),
  });
}

/** Numerical Recipes' LCG, in [0, 1): enough to shuffle and to mutate. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 4294967296;
}

export function shuffled(count: number, random: () => number): number[] {
  const rows = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [rows[i], rows[j]] = [at(rows, j), at(rows, i)];
  }
  return rows;
}
