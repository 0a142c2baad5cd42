import { Builder } from 'flatbuffers';
import { PHYSICAL_TYPES, writeElement, type FlatColumn } from './parquet-schema.ts';
import { walkPages, type PageFacts } from './parquet-pages.ts';
import { SegmentBlob } from './segment-blob.ts';
import { ThriftWriter } from './thrift-compact.ts';

/** Row groups of one file that are decoded together, and where their columns lie in it. It is sent to threads. */
export interface RowGroupRun {
  readonly columns: readonly FlatColumn[];
  readonly groups: readonly RowGroupChunks[];
}

export interface RowGroupChunks {
  /** Its number in the file, for messages. */
  readonly rowGroup: number;
  readonly rows: number;
  /** Per column. */
  readonly chunks: readonly { readonly start: number; readonly bytes: number; readonly codec: number }[];
}

/** A parquet file in memory that holds a run of row groups, as the decoder shall see them. */
interface RowGroupFile {
  readonly blob: SegmentBlob;
  /** Rows to decode at a time. */
  readonly batchRows: number;
}

// Rows decoded at a time: 64 k rows of ten float64 columns are 5 MB, whatever the size of a row group
const BATCH_ROWS = 65_536;
/** The most bytes of the names of one batch, when each is as long as it can be. */
const MAX_BATCH_BYTES = 64 * 2 ** 20;

const MAGIC = Buffer.from('PAR1');

/**
 * Checks every page of the needed columns and puts them into a file of their own, under a footer that says only what has
 * been verified: no statistics, no offsets of the original, no types but those that were understood. So reading
 * costs in proportion to the row groups read, where the decoder would go through the whole footer for each.
 *
 * @param read the bytes of the original file at [start, start + length)
 * @throws RangeError that says what is wrong with the pages, and whatever `read` throws
 */
export function rowGroupFile(
  { columns, groups }: RowGroupRun,
  read: (start: number, length: number) => ArrayBuffer,
): RowGroupFile {
  const segments: ArrayBuffer[] = [asArrayBuffer(MAGIC)];
  let end = MAGIC.length;
  const facts = columns.map((): PageFacts[] => []);
  const starts: number[][] = [];
  for (const { rowGroup, rows, chunks } of groups) {
    starts.push(
      chunks.map(({ start, bytes, codec }, i) => {
        const chunk = read(start, bytes);
        facts[i]!.push(walk(chunk, columns[i]!, codec, rows, rowGroup));
        segments.push(chunk);
        const at = end;
        end += bytes;
        return at;
      }),
    );
  }
  const isDictionary = columns.map(
    (column, i) => isNames(column) && facts[i]!.every(({ isAllDictionary }) => isAllDictionary),
  );
  const footer = writeFooter({ columns, groups }, starts, facts, isDictionary);
  const tail = Buffer.alloc(8);
  tail.writeUInt32LE(footer.length);
  MAGIC.copy(tail, 4);
  segments.push(asArrayBuffer(footer), asArrayBuffer(tail));
  const longest = columns.map((column, i) =>
    isNames(column) ? Math.max(...facts[i]!.map(({ repeatedBytes }) => repeatedBytes)) : 0,
  );
  const batchRows = Math.floor(MAX_BATCH_BYTES / Math.max(1, ...longest));
  return { blob: new SegmentBlob(segments), batchRows: Math.min(BATCH_ROWS, Math.max(1, batchRows)) };
}

function walk(
  chunk: ArrayBuffer,
  column: FlatColumn,
  codec: number,
  rows: number,
  rowGroup: number,
): PageFacts {
  try {
    return walkPages(new Uint8Array(chunk), column, codec, rows);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new RangeError(`row group ${rowGroup}: ${cause.message}`, { cause });
  }
}

function isNames({ physical, converted }: FlatColumn): boolean {
  return PHYSICAL_TYPES[physical] === 'BYTE_ARRAY' && converted === 0;
}

function writeFooter(
  { columns, groups }: RowGroupRun,
  starts: readonly (readonly number[])[],
  facts: readonly (readonly PageFacts[])[],
  isDictionary: readonly boolean[],
): Buffer {
  const write = new ThriftWriter();
  const rows = groups.reduce((sum, group) => sum + group.rows, 0);
  const elements = [undefined, ...columns];
  write.struct(() => {
    write.i32(1, 2); // version of the format
    write.list(2, 'struct', elements, (column) => {
      if (column !== undefined) return writeElement(write, column);
      write.struct(() => {
        write.binary(4, 'schema');
        write.i32(5, columns.length);
      });
    });
    write.i64(3, rows);
    write.list(4, 'struct', [...groups.entries()], ([group, { rows: groupRows, chunks }]) => {
      write.struct(() => {
        write.list(1, 'struct', [...columns.entries()], ([i, column]) => {
          const start = starts[group]![i]!;
          writeChunk(write, column, facts[i]![group]!, { start, rows: groupRows, codec: chunks[i]!.codec });
        });
        const bytes = facts.reduce((sum, column) => sum + column[group]!.uncompressedBytes, 0);
        write.i64(2, bytes);
        write.i64(3, groupRows);
      });
    });
    const metadata = isDictionary.includes(true) ? [arrowSchema(columns, isDictionary)] : [];
    write.list(5, 'struct', metadata, (schema) =>
      write.struct(() => {
        write.binary(1, 'ARROW:schema');
        write.binary(2, schema);
      }),
    );
  });
  return write.finish();
}

function writeChunk(
  write: ThriftWriter,
  column: FlatColumn,
  facts: PageFacts,
  { start, rows, codec }: { start: number; rows: number; codec: number },
): void {
  write.struct(() => {
    write.i64(2, start);
    write.structField(3, () => {
      write.i32(1, column.physical);
      write.list(2, 'i32', facts.encodings, (encoding) => write.integer(encoding));
      write.list(3, 'binary', [column.name], (name) => write.bytes(name));
      write.i32(4, codec);
      write.i64(5, rows);
      write.i64(6, facts.uncompressedBytes);
      write.i64(7, facts.bytes);
      write.i64(9, start); // of the first page; the dictionary's offset below overrules it
      if (facts.hasDictionary) write.i64(11, start);
    });
  });
}

/** Type of the union in Schema.fbs. */
const ARROW_NULL = 1;
const ARROW_UTF8 = 5;

/**
 * An Arrow schema that asks the decoder for names by dictionary: a name of 20 kB in 65,536 rows would else be 1.3 GB. For
 * all other columns it gives a type that no column has, which leaves the decoder with what the parquet schema says.
 *
 * @see https://github.com/apache/arrow/blob/main/format/Schema.fbs (field numbers, from 0)
 */
function arrowSchema(columns: readonly FlatColumn[], isDictionary: readonly boolean[]): string {
  const builder = new Builder(256);
  const fields = columns.map(({ name }, i) => {
    const nameOffset = builder.createString(name);
    const type = emptyTable(builder);
    builder.startVector(4, 0, 4);
    const children = builder.endVector();
    const dictionary = isDictionary[i] === true ? dictionaryEncoding(builder, i) : 0;
    builder.startObject(7);
    builder.addFieldOffset(0, nameOffset, 0);
    builder.addFieldInt8(1, 1, 0); // nullable
    builder.addFieldInt8(2, isDictionary[i] === true ? ARROW_UTF8 : ARROW_NULL, 0);
    builder.addFieldOffset(3, type, 0);
    if (dictionary !== 0) builder.addFieldOffset(4, dictionary, 0);
    builder.addFieldOffset(5, children, 0);
    return builder.endObject();
  });
  builder.startVector(4, fields.length, 4);
  for (const field of fields.toReversed()) builder.addOffset(field);
  const list = builder.endVector();
  builder.startObject(2); // Schema
  builder.addFieldOffset(1, list, 0);
  const schema = builder.endObject();
  builder.startObject(3); // Message
  builder.addFieldInt16(0, 4, 0); // MetadataVersion V5
  builder.addFieldInt8(1, 1, 0); // MessageHeader Schema
  builder.addFieldOffset(2, schema, 0);
  builder.finish(builder.endObject());
  const body = builder.asUint8Array();
  const message = Buffer.alloc(8 + Math.ceil(body.length / 8) * 8);
  message.writeUInt32LE(0xffffffff, 0); // continuation mark of the IPC format
  message.writeUInt32LE(message.length - 8, 4);
  message.set(body, 8);
  return message.toString('base64');
}

function emptyTable(builder: Builder): number {
  builder.startObject(0);
  return builder.endObject();
}

function dictionaryEncoding(builder: Builder, id: number): number {
  builder.startObject(2); // Int: bits, signed
  builder.addFieldInt32(0, 32, 0);
  builder.addFieldInt8(1, 1, 0);
  const index = builder.endObject();
  builder.startObject(3);
  builder.addFieldInt64(0, BigInt(id), BigInt(-1));
  builder.addFieldOffset(1, index, 0);
  return builder.endObject();
}

function asArrayBuffer(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer; // a copy: small Buffers share their memory
}
