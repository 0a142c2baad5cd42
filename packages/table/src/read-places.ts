import { counted } from '@vqforge/base';
import type { CsvFacts } from './csv-file.ts';
import { TableError } from './errors.ts';
import { encrypted, type InputColumn, type InputFile } from './input-files.ts';
import { CODEC_NAMES, type ParquetFooter } from './parquet-footer.ts';
import type { FlatColumn } from './parquet-schema.ts';
import type { RowGroupChunks } from './row-group-file.ts';
import type { ColumnInput, DecodeTask } from './decoder-messages.ts';

/** A part of a file that is decoded as one task, and where its rows go. */
export interface Place {
  readonly file: InputFile;
  readonly rows: number;
  /** Position of its first row among the rows of all files. */
  readonly firstRow: number;
  readonly compressedBytes: number;
  /** Name of the place, for messages. */
  readonly what: string;
  readonly content: DecodeTask['content'];
  readonly inputs: readonly ColumnInput[];
}

/**
 * The most rows that the needed columns may have for a byte of theirs. Run-length encoding has no limit of its own, but a
 * table in which neither teacher nor feature changes teaches nothing: fifty thousand frames with one value in all of six
 * features fill 300 bytes. Beyond FREE_ROWS, for which 300 MB are allocated, a footer is not believed without the bytes.
 */
const MAX_ROWS_PER_BYTE = 64;
const FREE_ROWS = 2 ** 22;

const READABLE_CODECS = new Set(['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'BROTLI', 'LZ4', 'LZ4_RAW', 'ZSTD']);

/** Small row groups are decoded together: a task costs about as much as 20,000 rows. */
const ROWS_OF_A_TASK = 65_536;
const GROUPS_OF_A_TASK = 64;

/** A CSV file is one task, as its lines have no index. */
export function csvPlace(
  file: InputFile,
  { rows, delimiter }: CsvFacts,
  columns: readonly InputColumn[],
  firstRow: number,
): Place {
  const inputs = columns.map(({ place }): ColumnInput =>
    'constant' in place ? place : { column: place.index },
  );
  return {
    file,
    rows,
    firstRow,
    compressedBytes: file.bytes,
    what: file.path,
    content: { format: 'csv', delimiter },
    inputs,
  };
}

/**
 * The row groups of a file, small ones together.
 *
 * @throws TableError ENCRYPTED | UNSUPPORTED_CODEC | DAMAGED
 */
export function parquetPlaces(
  file: InputFile,
  footer: ParquetFooter,
  columns: readonly InputColumn[],
  firstRow: number,
): Place[] {
  const flat: FlatColumn[] = [];
  const inputs = columns.map(({ place }): ColumnInput => {
    if ('constant' in place) return place;
    const column = footer.columns[place.index]!.flat!;
    const known = flat.indexOf(column);
    return { column: known < 0 ? flat.push(column) - 1 : known };
  });
  const pieces: Place[] = [];
  let groups: RowGroupChunks[] = [];
  let [rows, bytes, at, allBytes] = [0, 0, firstRow, 0];
  const flush = (): void => {
    if (groups.length === 0) return;
    const [first, last] = [groups[0]!.rowGroup, groups.at(-1)!.rowGroup];
    const what = `row group ${first === last ? first : `${first} to ${last}`} of ${file.path}`;
    const content = { format: 'parquet', columns: flat, groups } as const;
    pieces.push({ file, rows, firstRow: at, compressedBytes: bytes, what, content, inputs });
    at += rows;
    [groups, rows, bytes] = [[], 0, 0];
  };
  footer.rowGroups.forEach((groupRows, rowGroup) => {
    if (groupRows === 0) return;
    if (rows + groupRows > ROWS_OF_A_TASK || groups.length === GROUPS_OF_A_TASK) flush();
    const chunks = flat.map((column) => readableChunk(file, footer, column, rowGroup));
    groups.push({ rowGroup, rows: groupRows, chunks });
    rows += groupRows;
    for (const chunk of chunks) bytes += chunk.bytes;
    allBytes += chunks.reduce((sum, chunk) => sum + chunk.bytes, 0);
  });
  flush();
  if (footer.rows > FREE_ROWS && footer.rows > allBytes * MAX_ROWS_PER_BYTE && flat.length > 0)
    throw new TableError(
      'DAMAGED',
      `${file.path} promises ${counted(footer.rows, 'row')} in ${counted(allBytes, 'byte')} of the needed columns`,
    );
  return pieces;
}

function readableChunk(
  file: InputFile,
  footer: ParquetFooter,
  { name, leaf }: FlatColumn,
  rowGroup: number,
): RowGroupChunks['chunks'][number] {
  const { start, bytes, codec, isEncrypted } = footer.chunk(rowGroup, leaf);
  if (isEncrypted) throw encrypted(file.path, `its column ${name} is encrypted`);
  const codecName = CODEC_NAMES[codec] ?? `codec ${codec}`;
  if (!READABLE_CODECS.has(codecName))
    throw new TableError(
      'UNSUPPORTED_CODEC',
      `column ${name} of ${file.path} is compressed with ${codecName}, expected one of ${[...READABLE_CODECS].join(', ')}`,
    );
  return { start, bytes, codec };
}
