import { crc32 } from 'node:zlib';
import { MAX_NAME_BYTES } from './name-codes.ts';
import { CODEC_NAMES } from './parquet-footer.ts';
import { PHYSICAL_TYPES, type FlatColumn } from './parquet-schema.ts';
import { ThriftReader } from './thrift-compact.ts';

/** Facts about the pages of a column chunk, once all of them have been looked at. */
export interface PageFacts {
  /** Bytes of the chunk that belong to pages: some writers leave something behind the last one. */
  readonly bytes: number;
  readonly hasDictionary: boolean;
  readonly dictionaryBytes: number;
  /** Sum of headers and pages as they are when decompressed. */
  readonly uncompressedBytes: number;
  /** Encodings of all pages, by number. */
  readonly encodings: readonly number[];
  /** Every data page refers to the dictionary. */
  readonly isAllDictionary: boolean;
  /** The most bytes that one value can have: DELTA_BYTE_ARRAY and dictionaries repeat bytes, other encodings do not. */
  readonly repeatedBytes: number;
}

interface PageHeader {
  type: number;
  uncompressed: number;
  compressed: number;
  crc: number | undefined;
  values: number;
  encoding: number;
  /** Bytes of levels in front of the values, not compressed; of a data page of version 2. */
  levels: number;
  isCompressed: boolean;
}

const DATA_PAGE = 0; // PageType
const INDEX_PAGE = 1;
const DICTIONARY_PAGE = 2;
const DATA_PAGE_V2 = 3;

const PLAIN = 0; // Encoding
const PLAIN_DICTIONARY = 2;
const DELTA_BYTE_ARRAY = 7;
const RLE_DICTIONARY = 8;
const ENCODINGS = [
  'PLAIN',
  'GROUP_VAR_INT',
  'PLAIN_DICTIONARY',
  'RLE',
  'BIT_PACKED',
  'DELTA_BINARY_PACKED',
  'DELTA_LENGTH_BYTE_ARRAY',
  'DELTA_BYTE_ARRAY',
  'RLE_DICTIONARY',
  'BYTE_STREAM_SPLIT',
];

/**
 * The most bytes that a codec can make of one. Snappy copies 64 bytes by 3, LZ4 lengthens a match by 255 with a byte,
 * Deflate copies 258 bytes by two bits. Brotli and Zstandard have no such limit.
 */
const MAX_EXPANSION = new Map([
  ['UNCOMPRESSED', 1],
  ['SNAPPY', 22],
  ['GZIP', 1032],
  ['LZ4', 256],
  ['LZ4_RAW', 256],
]);

/** Numbers by physical type, in bytes. */
const WIDTHS: readonly number[] = [1, 4, 8, 12, 4, 8];
/** Levels and the headers of runs and blocks, per value: a level and an index of one run each, at their longest. */
const OVERHEAD_PER_VALUE = 12;
/** A page of one value may still have the header of a block. */
const OVERHEAD_PER_PAGE = 65_536;
/** Writers end a page at 1 MiB, some at 20,000 rows; of names, which compress to nothing, no page needs more than this. */
const MAX_NAME_PAGE = 64 * 2 ** 20;
/** A dictionary may have values that no row refers to: that of a category of which a part is written. */
const FREE_DICTIONARY_VALUES = 2 ** 20;

/**
 * Walks the pages of one column chunk without decompressing them: what they promise is compared with the row group and
 * with what their bytes can hold, and checksums are verified where the writer made them.
 *
 * @throws RangeError that says what is wrong
 */
export function walkPages(chunk: Uint8Array, column: FlatColumn, codec: number, rows: number): PageFacts {
  const encodings = new Set<number>();
  let [at, seen, uncompressedBytes, dictionaryBytes, deltaBytes] = [0, 0, 0, 0, 0];
  let [hasDictionary, isAllDictionary] = [false, true];
  for (let page = 0; seen < rows; page++) {
    const where = `page ${page} of column ${column.name}`;
    if (at >= chunk.length)
      throw new RangeError(`the pages of column ${column.name} hold ${seen} values, expected ${rows}`);
    const reader = new ThriftReader(chunk, at);
    const header = readPageHeader(reader, where);
    const start = reader.position;
    const end = start + header.compressed;
    if (end > chunk.length)
      throw new RangeError(`${where} has ${header.compressed} bytes, ${chunk.length - start} are left`);
    const body = chunk.subarray(start, end);
    assertChecksum(body, header, where);
    uncompressedBytes += start - at + header.uncompressed;
    at = end;
    if (header.type === INDEX_PAGE) continue;
    assertCodec(header, codec, where);
    assertSize(header, column, rows, where);
    encodings.add(header.encoding);
    if (header.type === DICTIONARY_PAGE) {
      if (page > 0) throw new RangeError(`${where} is a dictionary, expected it to be the first`);
      hasDictionary = true;
      dictionaryBytes = header.uncompressed;
      continue;
    }
    const isDictionary = header.encoding === PLAIN_DICTIONARY || header.encoding === RLE_DICTIONARY;
    if (isDictionary && !hasDictionary)
      throw new RangeError(`${where} refers to a dictionary, and the column has none`);
    isAllDictionary &&= isDictionary;
    if (header.encoding === DELTA_BYTE_ARRAY) deltaBytes = Math.max(deltaBytes, header.uncompressed);
    seen += header.values;
  }
  if (seen > rows)
    throw new RangeError(`the pages of column ${column.name} hold ${seen} values, expected ${rows}`);
  return {
    bytes: at,
    hasDictionary,
    dictionaryBytes,
    uncompressedBytes,
    encodings: [...encodings],
    isAllDictionary,
    repeatedBytes: Math.max(deltaBytes, isAllDictionary ? 0 : dictionaryBytes),
  };
}

function readPageHeader(read: ThriftReader, where: string): PageHeader {
  const header: PageHeader = {
    type: -1,
    uncompressed: -1,
    compressed: -1,
    crc: undefined,
    values: -1,
    encoding: -1,
    levels: 0,
    isCompressed: true,
  };
  let described = -1;
  try {
    read.struct((id) => {
      if (id === 1) header.type = read.integer();
      else if (id === 2) header.uncompressed = read.integer();
      else if (id === 3) header.compressed = read.integer();
      else if (id === 4) header.crc = read.integer();
      else if (id === 5 || id === 7 || id === 8) {
        described = id;
        readDetails(read, id, header);
      }
    });
  } catch (cause) {
    throw new RangeError(`the header of ${where} is damaged: ${(cause as Error).message}`, { cause });
  }
  const { type, uncompressed, compressed, values, encoding, levels } = header;
  if (uncompressed < 0 || compressed < 0)
    throw new RangeError(`${where} has a size of ${Math.min(uncompressed, compressed)} bytes`);
  if (type === INDEX_PAGE) return header;
  const expected = { [DATA_PAGE]: 5, [DICTIONARY_PAGE]: 7, [DATA_PAGE_V2]: 8 }[type];
  if (expected === undefined)
    throw new RangeError(`${where} has the type ${type}, which parquet does not have`);
  if (described !== expected)
    throw new RangeError(`the header of ${where} does not describe a page of its type`);
  if (values < 0) throw new RangeError(`${where} has ${values} values`);
  if (ENCODINGS[encoding] === undefined || encoding === 1)
    throw new RangeError(`${where} has the encoding ${encoding}, which parquet does not have`);
  if (levels < 0 || levels > Math.min(compressed, uncompressed))
    throw new RangeError(`${where} has ${levels} bytes of levels in ${compressed}`);
  return header;
}

function readDetails(read: ThriftReader, kind: number, header: PageHeader): void {
  let [definition, repetition] = [0, 0];
  read.struct((id) => {
    if (id === 1) header.values = read.integer();
    else if (id === (kind === 8 ? 4 : 2)) header.encoding = read.integer();
    else if (kind === 8 && id === 5) definition = read.integer();
    else if (kind === 8 && id === 6) repetition = read.integer();
    else if (kind === 8 && id === 7) header.isCompressed = read.boolean();
  });
  header.levels = definition < 0 || repetition < 0 ? -1 : definition + repetition;
}

/** The checksum is of the page as it lies in the file, without its header. */
function assertChecksum(body: Uint8Array, { crc }: PageHeader, where: string): void {
  if (crc === undefined) return;
  const found = crc32(body);
  if (found !== crc >>> 0)
    throw new RangeError(
      `${where} has the CRC-32 ${hex(found)}, its header says ${hex(crc >>> 0)}: its bytes changed`,
    );
}

function hex(value: number): string {
  return value.toString(16).padStart(8, '0');
}

/** Refuses a page whose bytes cannot hold what it promises, by its codec. */
function assertCodec(header: PageHeader, codec: number, where: string): void {
  const { uncompressed, compressed, levels, type, isCompressed } = header;
  const name = type === DATA_PAGE_V2 && !isCompressed ? 'UNCOMPRESSED' : CODEC_NAMES[codec]!;
  const expansion = MAX_EXPANSION.get(name);
  if (name === 'UNCOMPRESSED' && compressed !== uncompressed)
    throw new RangeError(`${where} is not compressed, and has ${compressed} and ${uncompressed} bytes`);
  if (expansion !== undefined && uncompressed - levels > (compressed - levels) * expansion)
    throw new RangeError(
      `${where} promises ${uncompressed} bytes, more than ${name} can hold in ${compressed}`,
    );
}

/** Refuses a page that promises more bytes than its values need. */
function assertSize(
  { type, uncompressed, values, encoding }: PageHeader,
  column: FlatColumn,
  rows: number,
  where: string,
): void {
  const isDictionary = type === DICTIONARY_PAGE;
  const isNames = PHYSICAL_TYPES[column.physical] === 'BYTE_ARRAY';
  const width = WIDTHS[column.physical] ?? column.length;
  const limit = isNames
    ? Math.min(MAX_NAME_PAGE, OVERHEAD_PER_PAGE + values * (MAX_NAME_BYTES + OVERHEAD_PER_VALUE))
    : OVERHEAD_PER_PAGE + values * (width + OVERHEAD_PER_VALUE);
  if (uncompressed > limit)
    throw new RangeError(
      `${where} promises ${uncompressed} bytes for ${values} values, expected at most ${limit}`,
    );
  if (!isDictionary) return;
  if (encoding !== PLAIN && encoding !== PLAIN_DICTIONARY)
    throw new RangeError(`${where} is a dictionary with the encoding ${ENCODINGS[encoding]}`);
  if (values > Math.max(rows, FREE_DICTIONARY_VALUES))
    throw new RangeError(`${where} is a dictionary of ${values} values for ${rows} rows`);
}
