import { counted } from '@vqforge/base';
import { closestNames } from '@vqforge/base';
import { TableError } from './errors.ts';
import { featureColumns, KEY_COLUMNS, type FeatureSelection } from './feature-sets.ts';
import type { InputFile } from './input-files.ts';
import type { ParquetColumn } from './parquet-footer.ts';

/** Which columns of which row groups go where: everything that footers can tell, checked. */
export interface ReadPlan {
  readonly rows: number;
  /** Bytes of the needed columns as they lie in the files. */
  readonly compressedBytes: number;
  /** Of KEY_COLUMNS, those the table has. */
  readonly keyColumns: readonly string[];
  readonly teacherColumn: string;
  readonly featureColumns: readonly string[];
  readonly hasTeacherModel: boolean;
  readonly pieces: readonly RowGroupPlace[];
}

export interface RowGroupPlace {
  readonly file: InputFile;
  readonly rowGroup: number;
  readonly rows: number;
  /** Position of its first row among the rows of all files. */
  readonly firstRow: number;
  readonly compressedBytes: number;
}

interface ReadPlanOptions {
  readonly features: FeatureSelection;
  readonly teacherColumn: string;
  readonly checkKeys: boolean;
  readonly maxRows: number;
}

export const TEACHER_MODEL_COLUMN = 'teacher_model';

/**
 * The most rows that a byte of column data may stand for. Run-length encoding has no limit of its own, but the
 * thinnest pages that writers make (20,000 equal values in 30 bytes) stay below 1,000; a footer beyond it would
 * have us allocate for rows that cannot be there.
 */
const MAX_ROWS_PER_BYTE = 4096;

const READABLE_CODECS = new Set(['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'BROTLI', 'LZ4', 'LZ4_RAW', 'ZSTD']);

/** @throws TableError INVALID_OPTION | MISSING_COLUMN | AMBIGUOUS_COLUMN | WRONG_TYPE | UNSUPPORTED_CODEC | NO_ROWS | TOO_MANY_ROWS | DAMAGED */
export function planRead(files: readonly InputFile[], options: ReadPlanOptions): ReadPlan {
  const { teacherColumn } = options;
  const numeric = new Set(
    files.flatMap(({ footer }) =>
      footer.columns.filter(({ kind }) => kind === 'number').map(({ name }) => name),
    ),
  );
  const features = featureColumns(options.features, teacherColumn, numeric);
  const [source, ...optionalKeys] = KEY_COLUMNS;
  const keyColumns = [
    source,
    ...(options.checkKeys ? optionalKeys.filter((name) => isAnywhere(files, name)) : []),
  ];
  const hasTeacherModel = isAnywhere(files, TEACHER_MODEL_COLUMN);
  const strings = [
    ...keyColumns.filter((name) => name !== 'frame_index'),
    ...(hasTeacherModel ? [TEACHER_MODEL_COLUMN] : []),
  ];
  const numbers = [...keyColumns.filter((name) => name === 'frame_index'), teacherColumn, ...features];
  const needed = [...strings, ...numbers];
  assertPresent(files, needed);
  assertTypes(files, strings, numbers);
  const pieces = places(files, needed, options.maxRows);
  const rows = pieces.reduce((sum, piece) => sum + piece.rows, 0);
  const compressedBytes = pieces.reduce((sum, piece) => sum + piece.compressedBytes, 0);
  return {
    rows,
    compressedBytes,
    keyColumns,
    teacherColumn,
    featureColumns: features,
    hasTeacherModel,
    pieces,
  };
}

function isAnywhere(files: readonly InputFile[], column: string): boolean {
  return files.some(({ footer }) => footer.columns.some(({ name }) => name === column));
}

function assertPresent(files: readonly InputFile[], needed: readonly string[]): void {
  const complaints = files.flatMap(({ path, footer }) => {
    const present = footer.columns.map(({ name }) => name);
    const missing = needed.filter((name) => !present.includes(name));
    const spare = present.filter((name) => !needed.includes(name)); // a needed column is no replacement for another
    return missing.length === 0
      ? []
      : [`${path} has no column ${missing.map((name) => withSuggestion(name, spare)).join(', ')}`];
  });
  if (complaints.length === 0) return;
  throw new TableError(
    'MISSING_COLUMN',
    `${complaints.join('; ')}; every file needs the columns ${needed.join(', ')}`,
  );
}

function withSuggestion(name: string, spare: readonly string[]): string {
  const near = closestNames(name, spare);
  return near.length === 0 ? name : `${name} (did you mean ${near.join(' or ')}?)`;
}

function assertTypes(
  files: readonly InputFile[],
  strings: readonly string[],
  numbers: readonly string[],
): void {
  const complaints = files.flatMap(({ path, footer }) => {
    const wrong = (names: readonly string[], kind: ParquetColumn['kind'], expected: string): string[] =>
      names.flatMap((name) => {
        const columns = footer.columns.filter((column) => column.name === name);
        if (columns.length > 1)
          throw new TableError(
            'AMBIGUOUS_COLUMN',
            `${path} has ${columns.length} columns named ${name}, expected one`,
          );
        return columns[0]!.kind === kind
          ? []
          : [`column ${name} of ${path} is ${columns[0]!.type}, expected ${expected}`];
      });
    return [...wrong(strings, 'string', 'a string'), ...wrong(numbers, 'number', 'a float or integer')];
  });
  if (complaints.length > 0) throw new TableError('WRONG_TYPE', complaints.join('; '));
}

function places(files: readonly InputFile[], needed: readonly string[], maxRows: number): RowGroupPlace[] {
  const pieces: RowGroupPlace[] = [];
  let firstRow = 0;
  for (const file of files) {
    file.footer.rowGroups.forEach(({ rows, chunks }, rowGroup) => {
      const wanted = needed.map((name) => ({ name, ...chunks.get(name)! }));
      const unreadable = wanted.find(({ codec }) => !READABLE_CODECS.has(codec));
      if (unreadable !== undefined) {
        const { name, codec } = unreadable;
        throw new TableError(
          'UNSUPPORTED_CODEC',
          `column ${name} of ${file.path} is compressed with ${codec}, expected one of ${[...READABLE_CODECS].join(', ')}`,
        );
      }
      const compressedBytes = wanted.reduce((sum, chunk) => sum + chunk.compressedBytes, 0);
      if (rows > compressedBytes * MAX_ROWS_PER_BYTE) {
        throw new TableError(
          'DAMAGED',
          `row group ${rowGroup} of ${file.path} promises ${counted(rows, 'row')} in ${compressedBytes} bytes`,
        );
      }
      if (rows > 0) pieces.push({ file, rowGroup, rows, firstRow, compressedBytes });
      firstRow += rows;
    });
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
