import { TableError } from './errors.ts';
import { ThriftReader, type ThriftStruct, type ThriftValue } from './thrift-compact.ts';

/**
 * What a loader must know of a parquet footer before it trusts the file to a decoder.
 *
 * The decoder has its own footer reader. This one exists because that one accepts footers that contradict
 * themselves: a row count, or the type of a column in a file without an Arrow schema, may change by one damaged
 * byte and be decoded without complaint. Here every fact that is written twice is compared.
 *
 * @see https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift (field numbers)
 */
export interface ParquetFooter {
  readonly rows: number;
  /** Top-level columns in file order; a name may occur twice. */
  readonly columns: readonly ParquetColumn[];
  readonly rowGroups: readonly ParquetRowGroup[];
}

export interface ParquetColumn {
  readonly name: string;
  readonly kind: 'number' | 'string' | 'other';
  /** The type in parquet's words, for messages. */
  readonly type: string;
}

interface ParquetRowGroup {
  readonly rows: number;
  readonly chunks: ReadonlyMap<string, ParquetChunk>; // flat columns only
}

interface ParquetChunk {
  readonly codec: string;
  /** Position of its first page in the file. */
  readonly start: number;
  readonly compressedBytes: number;
}

const PHYSICAL_TYPES = [
  'BOOLEAN',
  'INT32',
  'INT64',
  'INT96',
  'FLOAT',
  'DOUBLE',
  'BYTE_ARRAY',
  'FIXED_LEN_BYTE_ARRAY',
];
const CODECS = ['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'LZO', 'BROTLI', 'LZ4', 'ZSTD', 'LZ4_RAW'];
/** By field of the LogicalType union. */
const LOGICAL_TYPES: Readonly<Record<number, string>> = {
  1: 'STRING',
  2: 'MAP',
  3: 'LIST',
  4: 'ENUM',
  5: 'DECIMAL',
  6: 'DATE',
  7: 'TIME',
  8: 'TIMESTAMP',
  10: 'INTEGER',
  11: 'UNKNOWN',
  12: 'JSON',
  13: 'BSON',
  14: 'UUID',
  15: 'FLOAT16',
};
const REPEATED = 2; // FieldRepetitionType
const CONVERTED_UTF8 = 0; // ConvertedType
const CONVERTED_UINT_8 = 11; // … to INT_64 = 18: the eight plain integer widths
const CONVERTED_INT_64 = 18;

interface Leaf {
  readonly path: string;
  readonly physicalType: number;
  readonly flat: boolean;
}

/**
 * Reads the thrift bytes of a footer.
 *
 * @param bytes     FileMetaData, without length and magic
 * @param dataBytes size of the file before the footer: no column may reach past it
 * @throws TableError DAMAGED when the bytes are malformed or contradict themselves
 */
export function parseFooter(bytes: Uint8Array, dataBytes: number, file: string): ParquetFooter {
  try {
    return footer(new ThriftReader(bytes).struct(), dataBytes);
  } catch (cause) {
    if (!(cause instanceof RangeError || cause instanceof TypeError)) throw cause;
    throw new TableError(
      'DAMAGED',
      `the footer of ${file} is damaged: ${cause.message}; fetch or write the file again`,
      { cause },
    );
  }
}

function footer(meta: ThriftStruct, dataBytes: number): ParquetFooter {
  const { columns, leaves } = schema(structs(meta, 2, 'schema'));
  const rows = count(meta, 3, 'row count');
  const ranges: ParquetChunk[] = [];
  const rowGroups = structs(meta, 4, 'row groups').map((group) => rowGroup(group, leaves, ranges));
  assertDisjoint(ranges, dataBytes);
  const sum = rowGroups.reduce((total, group) => total + group.rows, 0);
  if (sum !== rows) throw new RangeError(`it promises ${rows} rows and its row groups hold ${sum}`);
  return { rows, columns, rowGroups };
}

function schema(elements: ThriftStruct[]): { columns: ParquetColumn[]; leaves: Leaf[] } {
  const columns: ParquetColumn[] = [];
  const leaves: Leaf[] = [];
  let at = 1; // element 0 is the root
  const walk = (path: string[], flat: boolean): void => {
    const element = elements[at++];
    if (element === undefined) throw new RangeError('the schema ends early');
    const name = text(element, 4, 'column name');
    const children = element.has(5) ? count(element, 5, `children of ${name}`) : 0;
    const isFlat = flat && children === 0 && integer(element, 3, `repetition of ${name}`) !== REPEATED;
    if (path.length === 0)
      columns.push(isFlat ? flatColumn(name, element) : { name, kind: 'other', type: 'nested' });
    if (children === 0) {
      leaves.push({
        path: [...path, name].join('.'),
        physicalType: integer(element, 1, `type of ${name}`),
        flat: isFlat,
      });
    }
    if (path.length >= MAX_NESTING) throw new RangeError(`columns nest deeper than ${MAX_NESTING}`);
    for (let i = 0; i < children; i++) walk([...path, name], false);
  };
  const root = elements[0];
  if (root === undefined) throw new RangeError('the schema is empty');
  const topLevel = count(root, 5, 'columns');
  for (let i = 0; i < topLevel; i++) walk([], true);
  if (at !== elements.length)
    throw new RangeError(`the schema has ${elements.length} elements, ${at} belong to a column`);
  return { columns, leaves };
}

const MAX_NESTING = 100; // deeper than any real schema, shallower than the stack

function flatColumn(name: string, element: ThriftStruct): ParquetColumn {
  const physicalType = integer(element, 1, `type of ${name}`);
  const physical = PHYSICAL_TYPES[physicalType] ?? `type ${physicalType}`;
  const converted = element.has(6) ? integer(element, 6, `converted type of ${name}`) : undefined;
  const [field] = element.has(10) ? struct(element.get(10), `logical type of ${name}`).keys() : [];
  const logical = field === undefined ? undefined : (LOGICAL_TYPES[field] ?? `logical type ${field}`);
  const meaning = logical ?? (converted === undefined ? undefined : `converted type ${converted}`);
  const type = meaning === undefined ? physical : `${physical} as ${meaning}`;
  return { name, kind: columnKind(physical, converted, logical), type };
}

/** A logical type, where there is one, overrules the older converted type. */
function columnKind(
  physical: string,
  converted: number | undefined,
  logical: string | undefined,
): ParquetColumn['kind'] {
  const isPlain = converted === undefined && logical === undefined;
  switch (physical) {
    case 'FLOAT':
    case 'DOUBLE':
      return isPlain ? 'number' : 'other';
    case 'INT32':
    case 'INT64': {
      const isInteger =
        converted !== undefined && converted >= CONVERTED_UINT_8 && converted <= CONVERTED_INT_64;
      return isPlain || logical === 'INTEGER' || (logical === undefined && isInteger) ? 'number' : 'other';
    }
    case 'BYTE_ARRAY':
      return logical === 'STRING' || (logical === undefined && converted === CONVERTED_UTF8)
        ? 'string'
        : 'other';
    default:
      return 'other';
  }
}

function rowGroup(group: ThriftStruct, leaves: Leaf[], ranges: ParquetChunk[]): ParquetRowGroup {
  const rows = count(group, 3, 'rows of a row group');
  const columns = structs(group, 1, 'column chunks');
  if (columns.length !== leaves.length) {
    throw new RangeError(`a row group has ${columns.length} columns and the schema ${leaves.length}`);
  }
  const chunks = new Map<string, ParquetChunk>();
  columns.forEach((column, i) => {
    const leaf = leaves[i]!;
    const chunk = columnChunk(column, leaf, rows);
    ranges.push(chunk);
    if (leaf.flat) chunks.set(leaf.path, chunk);
  });
  return { rows, chunks };
}

/** A wrong offset would have us read the pages of another column. */
function assertDisjoint(chunks: ParquetChunk[], dataBytes: number): void {
  let end = MAGIC_BYTES;
  for (const { start, compressedBytes } of chunks.sort((a, b) => a.start - b.start)) {
    if (start < end) throw new RangeError(`two columns claim the bytes at ${start}`);
    end = start + compressedBytes;
  }
  if (end > dataBytes) throw new RangeError(`a column reaches to ${end}, the data end at ${dataBytes}`);
}

const MAGIC_BYTES = 4; // before the first page

function columnChunk(column: ThriftStruct, leaf: Leaf, rows: number): ParquetChunk {
  if (column.has(1) && utf8(column.get(1), 'file path') !== '')
    throw new RangeError(`column ${leaf.path} lies in another file`);
  const meta = struct(column.get(3), `metadata of column ${leaf.path}`);
  const path = list(meta, 3, `path of column ${leaf.path}`)
    .map((part) => utf8(part, 'path'))
    .join('.');
  if (path !== leaf.path)
    throw new RangeError(`a column is named ${leaf.path} in the schema and ${path} in a row group`);
  const physical = integer(meta, 1, `type of column ${path}`);
  if (physical !== leaf.physicalType) {
    throw new RangeError(
      `column ${path} is ${PHYSICAL_TYPES[leaf.physicalType]} in the schema and ${PHYSICAL_TYPES[physical]} in a row group`,
    );
  }
  const values = count(meta, 5, `values of column ${path}`);
  if (leaf.flat && values !== rows)
    throw new RangeError(`column ${path} has ${values} values in a row group of ${rows} rows`);
  const compressedBytes = count(meta, 7, `size of column ${path}`);
  const dataPage = count(meta, 9, `offset of column ${path}`);
  const dictionaryPage = meta.has(11) ? count(meta, 11, `dictionary offset of column ${path}`) : 0; // 0 also means none
  const start = dictionaryPage > 0 && dictionaryPage < dataPage ? dictionaryPage : dataPage;
  const codec = integer(meta, 4, `codec of column ${path}`);
  return { codec: CODECS[codec] ?? `codec ${codec}`, start, compressedBytes };
}

function count(from: ThriftStruct, id: number, what: string): number {
  const value = integer(from, id, what);
  if (value < 0 || !Number.isSafeInteger(value))
    throw new RangeError(`${what} is ${value}, expected a count`);
  return value;
}

function integer(from: ThriftStruct, id: number, what: string): number {
  const value = from.get(id);
  if (typeof value !== 'number') throw new TypeError(`${what} is missing`);
  return value;
}

function text(from: ThriftStruct, id: number, what: string): string {
  return utf8(from.get(id), what);
}

function utf8(value: ThriftValue | undefined, what: string): string {
  if (!(value instanceof Uint8Array)) throw new TypeError(`${what} is missing`);
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value); // TypeError when malformed
}

function list(from: ThriftStruct, id: number, what: string): ThriftValue[] {
  const value = from.get(id);
  if (!Array.isArray(value)) throw new TypeError(`${what} are missing`);
  return value;
}

function structs(from: ThriftStruct, id: number, what: string): ThriftStruct[] {
  return list(from, id, what).map((item) => struct(item, what));
}

function struct(value: ThriftValue | undefined, what: string): ThriftStruct {
  if (!(value instanceof Map)) throw new TypeError(`${what} is missing`);
  return value;
}
