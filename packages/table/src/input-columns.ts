import { closestNames } from '@vqforge/base';
import { TableError } from './errors.ts';
import type { InputColumn, InputFile } from './input-files.ts';
import { metricName } from './logs/metric-names.ts';

/** New names of columns, by which tables know them, to the names that files have. */
export type ColumnMap = ReadonlyMap<string, string>;

/** A column of a table that has another name in its files. */
export interface ColumnMapping {
  readonly column: string;
  readonly from: string;
}

/**
 * The column of a file that a table knows by a name: the one that was asked for, else the one with that name, else the
 * only one that libvmaf calls so (`integer_adm2` is adm2).
 *
 * @throws TableError AMBIGUOUS_COLUMN
 */
export function columnOf(file: InputFile, name: string, map: ColumnMap): InputColumn | undefined {
  const wanted = map.get(name) ?? name;
  const exact = file.columns.filter((column) => column.name === wanted);
  if (exact.length > 1)
    throw new TableError(
      'AMBIGUOUS_COLUMN',
      `${file.path} has ${exact.length} columns named ${wanted}, expected one`,
    );
  if (exact.length === 1 || map.has(name)) return exact[0];
  const taken = new Set(map.values());
  const spelt = file.columns.filter((column) => metricName(column.name) === name && !taken.has(column.name));
  if (spelt.length > 1)
    throw new TableError(
      'AMBIGUOUS_COLUMN',
      `${file.path} has ${name} as ${spelt.map((column) => column.name).join(' and as ')}; choose one with --map ${name}=${spelt[0]!.name}`,
    );
  return spelt[0];
}

/** pandas writes its index as a column: under no name to CSV, under this one to parquet. */
const INDEX_COLUMN = /^(?:__index_level_\d+__|Unnamed: \d+|index|level_\d+)$/;

/** Scores of `vmaf` and of other models are what a feature table teaches, and no features. */
const MODEL_SCORE = /(?:^|_)vmaf/i;

/** The columns of files that may be features when all of them are wanted, and those that are left out. */
export interface NumericColumns {
  /** By the names that tables know them by. */
  readonly features: readonly string[];
  readonly leftOut: readonly { readonly name: string; readonly why: string }[];
}

/** Every numeric column of the files, without indices of rows and without scores of models. */
export function numericColumns(files: readonly InputFile[], map: ColumnMap): NumericColumns {
  const newNames = new Map([...map].map(([name, from]) => [from, name]));
  const features = new Set<string>();
  const leftOut = new Map<string, string>();
  for (const { columns } of files) {
    const names = new Set(columns.map(({ name }) => name));
    for (const { name, kinds, isPartition } of columns) {
      if (!kinds.includes('number') || isPartition) continue;
      const plain = metricName(name);
      const isOnlySpelling =
        !names.has(plain) && columns.filter((column) => metricName(column.name) === plain).length === 1;
      const known = newNames.get(name) ?? (isOnlySpelling ? plain : name);
      if (INDEX_COLUMN.test(name)) leftOut.set(name, 'an index of rows');
      else if (!newNames.has(name) && MODEL_SCORE.test(plain)) leftOut.set(name, 'the score of a model');
      else features.add(known);
    }
  }
  return {
    features: [...features],
    leftOut: [...leftOut].map(([name, why]) => ({ name, why })),
  };
}

/**
 * Says which columns files lack, and what is near.
 *
 * @throws TableError MISSING_COLUMN
 */
export function assertPresent(
  files: readonly InputFile[],
  needed: readonly string[],
  { map, teacherColumn }: { readonly map: ColumnMap; readonly teacherColumn: string },
): void {
  const hints = new Set<string>();
  const complaints = files.flatMap((file) => {
    const missing = needed.filter((name) => columnOf(file, name, map) === undefined);
    if (missing.length === 0) return [];
    const spare = file.columns
      .map(({ name }) => name)
      .filter((name) => !needed.includes(name) && !INDEX_COLUMN.test(name));
    if (missing.includes('source')) hints.add('name the column of contents with --source-column');
    if (missing.includes(teacherColumn)) hints.add('name the teacher with --teacher-column');
    return [`${file.path} has no column ${missing.map((name) => withNear(name, map, spare)).join(', ')}`];
  });
  if (complaints.length === 0) return;
  const first = files[0]!.columns.map(({ name }) => name).slice(0, 40);
  const hint = hints.size === 0 ? 'give other names with --map new=old' : [...hints].join('; ');
  throw new TableError(
    'MISSING_COLUMN',
    `${complaints.join('; ')}; every file needs the columns ${needed.join(', ')}; it has ${first.join(', ')}; ${hint}`,
  );
}

function withNear(name: string, map: ColumnMap, spare: readonly string[]): string {
  const from = map.get(name);
  // a needed column is no replacement for another
  const wanted = from ?? name;
  const longer = spare.filter(
    (other) => other.startsWith(`${wanted}_`) && metricName(other) === other, // libvmaf's names are known
  );
  const near = [...new Set([...closestNames(wanted, spare), ...longer.slice(0, 2)])];
  const what = from === undefined ? name : `${from} (for ${name})`;
  return near.length === 0 ? what : `${what} (did you mean ${near.join(' or ')}?)`;
}

/** Names of files that the table knows by others, each once. */
export function mappings(
  files: readonly InputFile[],
  names: readonly string[],
  map: ColumnMap,
): readonly ColumnMapping[] {
  const found = new Map<string, ColumnMapping>();
  for (const file of files) {
    for (const column of names) {
      const from = columnOf(file, column, map)?.name;
      if (from !== undefined && from !== column) found.set(`${column}\0${from}`, { column, from });
    }
  }
  return [...found.values()];
}
