import type { Table } from 'apache-arrow';
import { counted } from '@vqforge/base';
import { TableError } from './errors.ts';
import { readInputFile } from './input-files.ts';
import { findInputFiles } from './table-files.ts';
import { writeArrowTable, type ColumnData } from './table-file.ts';
import { readFile } from 'node:fs/promises';

/** Columns of a table by name, in the order of its rows. */
export interface NumberColumns {
  readonly columnNames: readonly string[];
  /** float64 [rows]; undefined where the table has no such column of numbers. */
  readonly numbers: (name: string) => Float64Array | undefined;
  /** Distinct values of a column of names; undefined where the table has none. */
  readonly names: (name: string) => readonly string[] | undefined;
  readonly rows: number;
}

/** Options of `extendTable`. */
export interface ExtendOptions {
  /** One parquet file. */
  readonly path: string;
  readonly out: string;
  /** The columns to add; those that the table has under the same name are replaced where they stand. */
  readonly columns: (table: NumberColumns) => readonly ColumnData[];
}

/** All of it lies in memory, several times. */
const MAX_BYTES = 2 ** 30;

/**
 * Writes a table once more with columns added at its end; its other columns, whatever their type, and the order of its rows stay.
 * The same table and columns give the same bytes.
 *
 * @throws TableError TOO_LARGE | DAMAGED | UNWRITABLE, those of opening a parquet file, and what `columns` throws; no file is left
 */
export async function extendTable({ path, out, columns }: ExtendOptions): Promise<{ readonly rows: number }> {
  const [file, ...others] = await findInputFiles([path]);
  if (file === undefined || others.length > 0)
    throw new TableError(
      'INVALID_OPTION',
      `${path} is ${others.length + 1} files, expected one parquet file`,
    );
  const { bytes, content } = await readInputFile(file);
  if (content.format !== 'parquet')
    throw new TableError('NOT_PARQUET', `${path} is CSV, expected a parquet file`);
  if (bytes > MAX_BYTES)
    throw new TableError('TOO_LARGE', `${path} has ${bytes} bytes, expected at most ${MAX_BYTES}`);
  const arrow = await import('apache-arrow');
  const table = await decode(file, arrow.tableFromIPC);
  const rows = table.numRows;
  const added = columns({
    rows,
    columnNames: table.schema.fields.map(({ name }) => name),
    numbers: (name) => numbersOf(table, name, path, arrow.DataType),
    names: (name) => {
      const column = table.getChild(name);
      return column === null ? undefined : [...new Set(column.toArray() as Iterable<unknown>)].map(String);
    },
  });
  // the decoded dictionaries have ids of their own, which the library's counter does not know
  const replaced = new Set(added.map(({ name }) => name));
  const ids = table.schema.fields.map(({ name, type }) =>
    arrow.DataType.isDictionary(type) && !replaced.has(name) ? type.id : -1,
  );
  let dictionaryId = Math.max(-1, ...ids);
  const vectors = added.map(({ name, type, values }) => {
    if (type === 'float64') return [name, arrow.makeVector(values as Float64Array)] as const;
    const names = new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32(), ++dictionaryId);
    return [name, arrow.vectorFromArray(Array.from(values), names)] as const;
  });
  const kept = table.schema.fields.map(({ name }) => [name, table.getChild(name)!] as const);
  const extended = new arrow.Table(
    Object.fromEntries<ReturnType<typeof table.getChild> & object>([...kept, ...vectors]),
  );
  await writeArrowTable(out, arrow.tableToIPC(extended, 'stream'));
  return { rows };
}

async function decode(
  path: string,
  tableFromIPC: typeof import('apache-arrow').tableFromIPC,
): Promise<Table> {
  const { readParquet } = await import('parquet-wasm');
  const bytes = await readFile(path);
  try {
    return tableFromIPC(readParquet(bytes).intoIPCStream());
  } catch (cause) {
    throw new TableError('DAMAGED', `${path} cannot be decoded: ${String(cause).slice(0, 200)}`, { cause });
  }
}

/** Nulls, NaN and infinite values are refused: a teacher has no score for them. */
function numbersOf(
  table: Table,
  name: string,
  path: string,
  types: typeof import('apache-arrow').DataType,
): Float64Array | undefined {
  const column = table.getChild(name);
  if (column === null || !(types.isFloat(column.type) || types.isInt(column.type))) return undefined;
  const values = Float64Array.from({ length: table.numRows }, (_, row) => {
    const value: unknown = column.get(row);
    return value === null ? NaN : Number(value);
  });
  const bad = values.reduce((count, value) => count + (Number.isFinite(value) ? 0 : 1), 0);
  if (bad === 0) return values;
  const first = values.findIndex((value) => !Number.isFinite(value));
  throw new TableError(
    'INVALID_VALUES',
    `${name} is null, NaN or infinite in ${counted(bad, 'row')} of ${path}, first in row ${first}; expected finite values: mend the table first`,
  );
}
