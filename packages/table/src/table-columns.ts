import { readInputFile } from './input-files.ts';
import { findInputFiles } from './table-files.ts';

/** A column as the files of a table have it. */
export interface TableColumn {
  readonly name: string;
  /** In the words of the format, such as `DOUBLE` or `BYTE_ARRAY as STRING`. */
  readonly type: string;
}

/**
 * Every column of the files of a table, needed or not, in the order in which they come.
 *
 * @param paths files, folders and glob patterns, as for `loadFeatureTable`
 * @throws TableError of finding and opening them
 */
export async function tableColumns(paths: readonly string[]): Promise<readonly TableColumn[]> {
  const columns = new Map<string, TableColumn>();
  for (const path of await findInputFiles(paths)) {
    for (const { name, type } of (await readInputFile(path)).columns)
      if (!columns.has(name)) columns.set(name, { name, type });
  }
  return [...columns.values()];
}
