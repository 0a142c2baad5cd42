import { defined } from '@vqforge/base';
import { TableError } from '../errors.ts';
import type { FeatureTable } from '../feature-table.ts';
import { loadFeatureTable } from '../load.ts';
import { writeFeatureTable } from '../table-file.ts';
import { readVmafLog } from './log-file.ts';
import { logTable, type LoggedPair, type LogTableOptions } from './log-table.ts';
import type { PairNames } from './pair-names.ts';

/** Options of `importLogs`. */
export interface ImportOptions extends LogTableOptions {
  readonly logs: readonly (PairNames & { readonly path: string })[];
  /** Parquet file to write. */
  readonly out: string;
  readonly signal?: AbortSignal;
}

/** The table that was made of logs, and the metrics that are not in it. */
export interface ImportedLogs {
  /** The table that was written, as training reads it. */
  readonly table: FeatureTable;
  /** All feature columns in the file; those asked for come first. */
  readonly columns: readonly string[];
  readonly leftOut: readonly string[];
  /** Those of them that libvmaf does not measure, such as scores of models. */
  readonly unknown: readonly string[];
}

/**
 * Turns libvmaf logs into a feature table that training accepts. The same logs give the same bytes, in whatever order
 * they are given; the file appears under its name only when it is complete.
 *
 * @throws TableError of a log, of logs that do not make a table, of the file
 * @example
 * await importLogs({
 *   logs: [{ path: 'a.json', source: 'city', disBasename: 'city_crf28.mp4' }],
 *   features: 'canonical6', teacher: 'vmaf', out: 'features.parquet',
 * });
 */
export async function importLogs({ logs, out, signal, ...options }: ImportOptions): Promise<ImportedLogs> {
  const pairs: LoggedPair[] = [];
  for (const { path, source, disBasename } of logs) {
    if (signal?.aborted === true)
      throw new TableError('ABORTED', 'importing logs was stopped', { cause: signal.reason });
    pairs.push({ log: await readVmafLog(path), source, disBasename });
  }
  const { columns, leftOut, unknown } = logTable(pairs, options);
  await writeFeatureTable({ path: out, batches: [columns] });
  const numbers = columns.filter(({ type }) => type === 'float64').map(({ name }) => name);
  const features = numbers.filter((name) => name !== options.teacher);
  const table = await loadFeatureTable({
    paths: [out],
    features: options.features === 'full' ? features : options.features,
    teacherColumn: options.teacher,
    ...defined({ signal }),
  });
  return { table, columns: features, leftOut, unknown };
}
