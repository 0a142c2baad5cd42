import { TableError } from './errors.ts';
import {
  featureColumns,
  INDEX_COLUMNS,
  KEY_COLUMNS,
  PROBE_KEY,
  unclippedColumnOf,
  type FeatureSelection,
} from './feature-sets.ts';
import {
  assertPresent,
  columnOf,
  mappings,
  numericColumns,
  type ColumnMap,
  type ColumnMapping,
  type NumericColumns,
} from './input-columns.ts';
import { encrypted, type InputFile } from './input-files.ts';
import { csvPlace, parquetPlaces, type Place } from './read-places.ts';

/** Which columns of which parts of files go where: everything that is known before decoding, checked. */
export interface ReadPlan {
  readonly rows: number;
  /** Bytes of the needed columns as they lie in the files. */
  readonly compressedBytes: number;
  /** Those of KEY_COLUMNS that the table has; for a table of probes, its own key. */
  readonly keyColumns: readonly string[];
  readonly teacherColumn: string;
  /** Where the table has one. */
  readonly unclippedColumn: string | undefined;
  readonly featureColumns: readonly string[];
  readonly hasTeacherModel: boolean;
  /** Needed columns that have another name in the files. */
  readonly mappings: readonly ColumnMapping[];
  /** Columns that are no features though all were asked for. */
  readonly leftOut: NumericColumns['leftOut'];
  readonly pieces: readonly Place[];
}

interface ReadPlanOptions {
  readonly features: FeatureSelection;
  readonly teacherColumn: string;
  readonly map: ColumnMap;
  /** Kind of its rows: frames of sources, or teacher probes. */
  readonly kind: TableKind;
  readonly checkKeys: boolean;
  readonly maxRows: number;
}

export type TableKind = 'frames' | 'probes';

export const TEACHER_MODEL_COLUMN = 'teacher_model';

/**
 * Plans which columns of which parts of files go where, and refuses what cannot be read, before anything is decoded.
 *
 * @throws TableError INVALID_OPTION | NOT_PROBES | MISSING_COLUMN | AMBIGUOUS_COLUMN | WRONG_TYPE | ENCRYPTED | UNSUPPORTED_CODEC | NO_ROWS | TOO_MANY_ROWS | DAMAGED
 */
export function planRead(given: readonly InputFile[], options: ReadPlanOptions): ReadPlan {
  const { teacherColumn, map } = options;
  // what a writer makes of a part without rows may lack columns
  const withRows = given.filter((file) => rowsOf(file) > 0);
  const files = withRows.length > 0 ? withRows : given;
  const numeric = numericColumns(files, map);
  const features = featureColumns(options.features, teacherColumn, numeric.features);
  const keyColumns = keysOf(files, options);
  const unclipped = unclippedColumnOf(teacherColumn);
  const unclippedColumn = isAnywhere(files, unclipped, map) ? unclipped : undefined;
  const targets = targetColumns({ teacherColumn, unclippedColumn });
  const hasTeacherModel = isAnywhere(files, TEACHER_MODEL_COLUMN, map);
  const teacherModel = hasTeacherModel ? [TEACHER_MODEL_COLUMN] : [];
  const strings = [...keyColumns.filter((name) => !INDEX_COLUMNS.includes(name)), ...teacherModel];
  const numbers = [...keyColumns.filter((name) => INDEX_COLUMNS.includes(name)), ...targets, ...features];
  // in the order of the shared columns
  const needed = [...keyColumns, ...teacherModel, ...targets, ...features];
  assertOpen(files, needed, map);
  assertPresent(files, needed, { map, teacherColumn });
  assertTypes(files, strings, 'string', map);
  assertTypes(files, numbers, 'number', map);
  const pieces = places(files, needed, options);
  return {
    rows: pieces.reduce((sum, piece) => sum + piece.rows, 0),
    compressedBytes: pieces.reduce((sum, piece) => sum + piece.compressedBytes, 0),
    keyColumns,
    teacherColumn,
    unclippedColumn,
    featureColumns: features,
    hasTeacherModel,
    mappings: mappings(files, needed, map),
    leftOut: options.features === 'full' ? numeric.leftOut.filter(({ name }) => !needed.includes(name)) : [],
    pieces,
  };
}

/** The teacher's columns, in the order of the content digest. */
export function targetColumns({
  teacherColumn,
  unclippedColumn,
}: Pick<ReadPlan, 'teacherColumn' | 'unclippedColumn'>): readonly string[] {
  return unclippedColumn === undefined ? [teacherColumn] : [teacherColumn, unclippedColumn];
}

/** Frames of a source could be held out from training, so a table that has sources is no table of probes, and the reverse. */
function keysOf(files: readonly InputFile[], { kind, checkKeys, map }: ReadPlanOptions): string[] {
  const [source, ...optionalKeys] = KEY_COLUMNS;
  const has = (name: string): boolean => isAnywhere(files, name, map);
  const paths = files.map(({ path }) => path).join(', ');
  if (kind === 'probes') {
    if (!has(PROBE_KEY) || has(source))
      throw new TableError(
        'NOT_PROBES',
        `${paths} is no table of probes, expected a column ${PROBE_KEY} and no column ${source}: only probes join the training of every fold`,
      );
    return [PROBE_KEY];
  }
  if (has(PROBE_KEY) && !has(source))
    throw new TableError(
      'MISSING_COLUMN',
      `${paths} has no column ${source} but ${PROBE_KEY}: it holds teacher probes, which only join the training on another table (--augment)`,
    );
  return [source, ...(checkKeys ? optionalKeys.filter(has) : [])];
}

function rowsOf({ content }: InputFile): number {
  return content.format === 'csv' ? content.csv.rows : content.footer.rows;
}

function isAnywhere(files: readonly InputFile[], name: string, map: ColumnMap): boolean {
  return files.some((file) => columnOf(file, name, map) !== undefined);
}

/** A file whose columns are encrypted shows some of their names only; their chunks say which of them are needed. */
function assertOpen(files: readonly InputFile[], needed: readonly string[], map: ColumnMap): void {
  for (const file of files) {
    const isLocked = file.content.format === 'parquet' && file.content.footer.isEncrypted;
    if (isLocked && needed.some((name) => columnOf(file, name, map) === undefined))
      throw encrypted(file.path, 'its columns are encrypted, and what it shows of them is no feature table');
  }
}

function assertTypes(
  files: readonly InputFile[],
  names: readonly string[],
  kind: 'string' | 'number',
  map: ColumnMap,
): void {
  const expected = kind === 'string' ? 'a string' : 'a float, an integer or a decimal';
  const complaints = files.flatMap((file) =>
    names.flatMap((name) => {
      const { name: own, kinds, type } = columnOf(file, name, map)!;
      return kinds.includes(kind) ? [] : [`column ${own} of ${file.path} is ${type}, expected ${expected}`];
    }),
  );
  if (complaints.length > 0) throw new TableError('WRONG_TYPE', complaints.join('; '));
}

function places(
  files: readonly InputFile[],
  needed: readonly string[],
  { map, maxRows }: ReadPlanOptions,
): Place[] {
  const pieces: Place[] = [];
  let firstRow = 0;
  for (const file of files) {
    const columns = needed.map((name) => columnOf(file, name, map)!);
    const { content } = file;
    const found =
      content.format === 'csv'
        ? [csvPlace(file, content.csv, columns, firstRow)]
        : parquetPlaces(file, content.footer, columns, firstRow);
    for (const piece of found) if (piece.rows > 0) pieces.push(piece);
    firstRow += rowsOf(file);
  }
  if (firstRow === 0)
    throw new TableError('NO_ROWS', `${files.map(({ path }) => path).join(', ')} holds no row`);
  if (firstRow > maxRows) {
    throw new TableError(
      'TOO_MANY_ROWS',
      `the table has ${firstRow} rows, expected at most ${maxRows}; select fewer files`,
    );
  }
  return pieces;
}
