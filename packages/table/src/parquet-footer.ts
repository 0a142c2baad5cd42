import { TableError } from './errors.ts';
import { PHYSICAL_TYPES, readSchema, type ParquetColumn, type ParquetSchema } from './parquet-schema.ts';
import { ThriftReader } from './thrift-compact.ts';

/**
 * The facts of a parquet footer that a loader needs before it touches the data.
 *
 * The decoder never sees this footer: it gets one that is written from the facts below. Every fact that a footer states
 * twice is compared, because a row count or the type of a column may change by one damaged byte.
 *
 * @see https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift (field numbers)
 */
export interface ParquetFooter {
  readonly rows: number;
  /** Top-level columns in file order; a name may occur twice. */
  readonly columns: readonly ParquetColumn[];
  /** Rows of each row group. */
  readonly rowGroups: readonly number[];
  /** Where a flat column lies in a row group that has rows. */
  readonly chunk: (rowGroup: number, leaf: number) => ParquetChunk;
  /** Some columns are encrypted, though the footer is not. */
  readonly isEncrypted: boolean;
}

interface ParquetChunk {
  /** Position of its first page in the file. */
  readonly start: number;
  /** Size of its pages as they lie in the file. */
  readonly bytes: number;
  /** Index into CODEC_NAMES. */
  readonly codec: number;
  /** Nothing else is known of an encrypted one. */
  readonly isEncrypted: boolean;
}

/** CompressionCodec of parquet.thrift. */
export const CODEC_NAMES: readonly string[] = [
  'UNCOMPRESSED',
  'SNAPPY',
  'GZIP',
  'LZO',
  'BROTLI',
  'LZ4',
  'ZSTD',
  'LZ4_RAW',
];

const MAGIC_BYTES = 4; // before the first page
const ENCRYPTED = 255; // in place of a codec

/**
 * Reads the thrift bytes of a footer.
 *
 * @param bytes     FileMetaData, without length and magic
 * @param dataBytes size of the file before the footer: no column may reach past it
 * @throws TableError DAMAGED when the bytes are malformed or contradict themselves
 */
export function parseFooter(bytes: Uint8Array, dataBytes: number, file: string): ParquetFooter {
  try {
    return readFooter(new ThriftReader(bytes), dataBytes);
  } catch (cause) {
    if (!(cause instanceof RangeError || cause instanceof TypeError)) throw cause;
    throw new TableError(
      'DAMAGED',
      `the footer of ${file} is damaged: ${cause.message}; fetch or write the file again`,
      { cause },
    );
  }
}

function readFooter(read: ThriftReader, dataBytes: number): ParquetFooter {
  let schema: ParquetSchema | undefined;
  let rows: number | undefined;
  let groups: RowGroups | undefined;
  let isEncrypted = false;
  read.struct((id) => {
    if (id === 2) schema = readSchema(read);
    else if (id === 3) rows = count(read.integer(), 'row count');
    else if (id === 4) {
      // every writer puts the schema first, as thrift does
      if (schema === undefined) throw new TypeError('schema is missing before the row groups');
      groups = new RowGroups(schema);
      read.list(() => groups!.read(read));
    } else if (id === 8) isEncrypted = true;
  });
  if (schema === undefined) throw new TypeError('schema is missing');
  if (rows === undefined) throw new TypeError('row count is missing');
  if (groups === undefined) throw new TypeError('row groups are missing');
  const { columns } = schema;
  const found = groups;
  found.assertDisjoint(dataBytes);
  const sum = found.rows.reduce((total, group) => total + group, 0);
  // a writer that does not know the number when it begins leaves 0
  if (rows !== 0 && sum !== rows)
    throw new RangeError(`it promises ${rows} rows and its row groups hold ${sum}`);
  const chunk = (rowGroup: number, leaf: number): ParquetChunk => found.chunk(rowGroup, leaf);
  return { rows: sum, columns, rowGroups: found.rows, chunk, isEncrypted };
}

/** Metadata of a chunk, while it is read. */
interface ChunkFacts {
  isEncrypted: boolean;
  physical: number | undefined;
  codec: number | undefined;
  values: number | undefined;
  bytes: number | undefined;
  dataPage: number | undefined;
  dictionaryPage: number;
  pathParts: number;
}

/** Row groups and their chunks, in columns of numbers: a chunk takes no more memory than in the footer. */
class RowGroups {
  readonly rows: number[] = [];
  readonly #schema: ParquetSchema;
  #starts = new Float64Array(64);
  #bytes = new Float64Array(64);
  #codecs = new Uint8Array(64);
  #chunks = 0;
  readonly #facts: ChunkFacts = { ...NO_FACTS };

  constructor(schema: ParquetSchema) {
    this.#schema = schema;
  }

  chunk(rowGroup: number, leaf: number): ParquetChunk {
    const at = rowGroup * this.#schema.leaves.length + leaf;
    const codec = this.#codecs[at]!;
    return { start: this.#starts[at]!, bytes: this.#bytes[at]!, codec, isEncrypted: codec === ENCRYPTED };
  }

  read(read: ThriftReader): void {
    const { leaves } = this.#schema;
    const first = this.#chunks;
    const values: number[] = [];
    let rows: number | undefined;
    let hasColumns = false;
    read.struct((id) => {
      if (id === 1) {
        hasColumns = true;
        read.list((index) => values.push(this.#readChunk(read, index)));
      } else if (id === 3) rows = count(read.integer(), 'rows of a row group');
    });
    if (rows === undefined) throw new TypeError('rows of a row group are missing');
    if (!hasColumns) throw new TypeError('columns of a row group are missing');
    if (values.length !== leaves.length)
      throw new RangeError(`a row group has ${values.length} columns and the schema ${leaves.length}`);
    if (rows === 0) {
      // nothing lies in the file, and writers leave offsets and sizes at 0, or where the next page went
      this.#bytes.fill(0, first, this.#chunks);
    } else {
      for (const [i, leaf] of leaves.entries()) {
        const isKnown = this.#codecs[first + i] !== ENCRYPTED;
        if (isKnown && leaf.flat && values[i] !== rows)
          throw new RangeError(`column ${leaf.path} has ${values[i]} values in a row group of ${rows} rows`);
      }
    }
    this.rows.push(rows);
  }

  /** @returns how many values the chunk holds */
  #readChunk(read: ThriftReader, index: number): number {
    const leaf = this.#schema.leaves[index];
    if (leaf === undefined) throw new RangeError('a row group has more columns than the schema');
    const facts = Object.assign(this.#facts, NO_FACTS);
    read.struct((id) => {
      if (id === 1 && read.bytes().length > 0)
        throw new RangeError(`column ${leaf.path} lies in another file`);
      if (id === 3) readChunkFacts(read, facts, leaf.parts, leaf.path);
      else if (id === 8) facts.isEncrypted = true;
    });
    const { physical, bytes, codec, values, dataPage, dictionaryPage, pathParts } = facts;
    if (facts.isEncrypted) return this.#add(0, 0, ENCRYPTED);
    if (physical === undefined || bytes === undefined || values === undefined)
      throw new TypeError(`metadata of column ${leaf.path} is missing`);
    if (codec === undefined || dataPage === undefined)
      throw new TypeError(`codec or offset of column ${leaf.path} is missing`);
    if (pathParts !== leaf.parts.length)
      throw new RangeError(`a row group names another column where the schema has ${leaf.path}`);
    if (physical !== leaf.physical) {
      const [inSchema, inGroup] = [leaf.physical, physical].map((type) => PHYSICAL_TYPES[type] ?? type);
      throw new RangeError(`column ${leaf.path} is ${inSchema} in the schema and ${inGroup} in a row group`);
    }
    // 0 also means that there is no dictionary; some writers give the data page for both
    const start = dictionaryPage > 0 && dictionaryPage < dataPage ? dictionaryPage : dataPage;
    this.#add(start, bytes, codec);
    return values;
  }

  #add(start: number, bytes: number, codec: number): number {
    const at = this.#chunks++;
    if (at === this.#starts.length) {
      this.#starts = grown(this.#starts, new Float64Array(at * 2));
      this.#bytes = grown(this.#bytes, new Float64Array(at * 2));
      this.#codecs = grown(this.#codecs, new Uint8Array(at * 2));
    }
    this.#starts[at] = start;
    this.#bytes[at] = bytes;
    this.#codecs[at] = codec === ENCRYPTED || (codec >= 0 && codec < 128) ? codec : 127;
    return 0;
  }

  /** A wrong offset would have us read the pages of another column. */
  assertDisjoint(dataBytes: number): void {
    let order: Uint32Array | undefined;
    for (let i = 1; i < this.#chunks && order === undefined; i++)
      if (this.#starts[i]! < this.#starts[i - 1]!)
        order = Uint32Array.from({ length: this.#chunks }, (_, k) => k).sort(
          (a, b) => this.#starts[a]! - this.#starts[b]!,
        );
    let end = MAGIC_BYTES;
    for (let i = 0; i < this.#chunks; i++) {
      const at = order?.[i] ?? i;
      const [start, bytes] = [this.#starts[at]!, this.#bytes[at]!];
      if (bytes === 0) continue; // of a row group without rows, or encrypted
      if (start < end) throw new RangeError(`two columns claim the bytes at ${start}`);
      end = start + bytes;
    }
    if (end > dataBytes) throw new RangeError(`a column reaches to ${end}, the data end at ${dataBytes}`);
  }
}

const NO_FACTS: ChunkFacts = {
  isEncrypted: false,
  physical: undefined,
  codec: undefined,
  values: undefined,
  bytes: undefined,
  dataPage: undefined,
  dictionaryPage: 0,
  pathParts: -1,
};

function readChunkFacts(
  read: ThriftReader,
  facts: ChunkFacts,
  parts: readonly Uint8Array[],
  path: string,
): void {
  read.struct((id) => {
    if (id === 1) facts.physical = read.integer();
    else if (id === 3) {
      facts.pathParts = 0;
      read.list((index) => {
        if (Buffer.compare(read.bytes(), parts[index] ?? NO_BYTES) !== 0)
          throw new RangeError(`a row group names another column where the schema has ${path}`);
        facts.pathParts++;
      });
    } else if (id === 4) facts.codec = read.integer();
    else if (id === 5) facts.values = count(read.integer(), `values of column ${path}`);
    else if (id === 7) facts.bytes = count(read.integer(), `size of column ${path}`);
    else if (id === 9) facts.dataPage = count(read.integer(), `offset of column ${path}`);
    else if (id === 11) facts.dictionaryPage = count(read.integer(), `dictionary offset of column ${path}`);
  });
}

const NO_BYTES = new Uint8Array(0);

function grown<T extends Float64Array | Uint8Array>(from: T, into: T): T {
  into.set(from);
  return into;
}

function count(value: number, what: string): number {
  if (value < 0 || !Number.isSafeInteger(value))
    throw new RangeError(`${what} is ${value}, expected a count`);
  return value;
}
