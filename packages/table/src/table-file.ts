import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { temporaryPath } from '@vqforge/base/node';
import type { DataType, Vector } from 'apache-arrow';
import { TableError } from './errors.ts';

/** Classes of apache-arrow by the types that a table file can be written with. */
const ARROW_TYPES = {
  string: 'Utf8',
  large_string: 'LargeUtf8',
  dictionary: 'Dictionary',
  float64: 'Float64',
  float32: 'Float32',
  int8: 'Int8',
  int16: 'Int16',
  int32: 'Int32',
  int64: 'Int64',
  uint8: 'Uint8',
  uint16: 'Uint16',
  uint32: 'Uint32',
  uint64: 'Uint64',
  bool: 'Bool',
} as const;

/** Types that a table file can be written with; `dictionary` is a string column with an Arrow dictionary. */
export type ColumnType = keyof typeof ARROW_TYPES;

/** A column, or as much of it as one batch holds. */
export interface ColumnData {
  readonly name: string;
  readonly type: ColumnType;
  /** int64 and uint64 take bigint; null is null. */
  readonly values: ArrayLike<string | number | bigint | boolean | null>;
}

export const CODECS = ['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'BROTLI', 'LZ4', 'LZ4_RAW', 'ZSTD'] as const;
export type Codec = (typeof CODECS)[number];

/** Options of `encodeFeatureTable`. */
export interface EncodeOptions {
  /** One or more batches of the same columns; columns are written in the order given. */
  readonly batches: Iterable<readonly ColumnData[]>;
  /** Default ZSTD. */
  readonly codec?: Codec;
  /** Default 100,000. */
  readonly rowGroupRows?: number;
  /** One key at most: parquet-wasm writes several in an order that changes from call to call. */
  readonly metadata?: { readonly key: string; readonly value: string };
}

/** Options of `writeFeatureTable`. */
export interface WriteOptions extends EncodeOptions {
  readonly path: string;
}

/**
 * Writes a parquet file. The same batches and options give the same bytes; the file appears under its name only
 * when it is complete.
 *
 * @throws TableError UNWRITABLE, and whatever `batches` throws; no file is left
 * @example
 * await writeFeatureTable({ path: 'two.parquet', batches: [[
 *   { name: 'source', type: 'string', values: ['a', 'b'] },
 *   { name: 'adm2', type: 'float64', values: [0.9, 0.8] },
 * ]] }); // two.parquet has two rows
 */
export function writeFeatureTable({ path, ...options }: WriteOptions): Promise<void> {
  return writeEncoded(path, options);
}

/** The same for a table that lies in memory as an Arrow IPC stream. @throws TableError UNWRITABLE */
export function writeArrowTable(path: string, arrow: Uint8Array): Promise<void> {
  return writeEncoded(path, { arrow });
}

async function writeEncoded(path: string, options: Encodable): Promise<void> {
  const partial = await temporaryPath(path);
  const file = { failure: undefined as { cause: unknown } | undefined };
  try {
    await pipeline(await encodedStream(options, file), createWriteStream(partial));
    if (file.failure === undefined) return await rename(partial, path);
  } catch (cause) {
    file.failure ??= { cause: unwritable(path, cause) };
  }
  await rm(partial, { force: true });
  throw file.failure.cause;
}

/** The bytes that writeFeatureTable would write. @throws whatever `batches` throws */
export async function encodeFeatureTable(options: EncodeOptions): Promise<Uint8Array> {
  const file = { failure: undefined as { cause: unknown } | undefined };
  const bytes = await buffer(await encodedStream(options, file));
  if (file.failure !== undefined) throw file.failure.cause;
  return bytes;
}

/** Something to encode: columns, or a table that lies in memory as an Arrow IPC stream. */
type Encodable = EncodeOptions | (Omit<EncodeOptions, 'batches'> & { readonly arrow: Uint8Array });

/** The file as it is encoded; the stream ends early, and `file.failure` says why, when `batches` throws. */
async function encodedStream(
  options: Encodable,
  file: { failure: { cause: unknown } | undefined },
): Promise<Readable> {
  const { codec = 'ZSTD', rowGroupRows = 100_000, metadata } = options;
  const { Compression, Table, transformParquetStream, WriterPropertiesBuilder } =
    await import('parquet-wasm');
  const source =
    'arrow' in options ? [options.arrow].values() : arrowBatches(options.batches, await arrowWriter());
  const recordBatches = new ReadableStream({
    pull(controller) {
      try {
        const { value, done } = source.next();
        if (done === true) return controller.close();
        for (const batch of Table.fromIPCStream(value).recordBatches()) controller.enqueue(batch);
      } catch (error) {
        file.failure = { cause: error }; // the stream ends, because the encoder may panic on one that fails
        controller.close();
      }
    },
  });
  let properties = new WriterPropertiesBuilder()
    .setCreatedBy('vqforge') // the default names the version of a library
    .setCompression(Compression[codec])
    .setMaxRowGroupSize(rowGroupRows);
  if (metadata !== undefined)
    properties = properties.setKeyValueMetadata(new Map([[metadata.key, metadata.value]]));
  const bytes = await transformParquetStream(recordBatches, properties.build());
  return Readable.fromWeb(bytes as Parameters<typeof Readable.fromWeb>[0]);
}

function* arrowBatches(
  batches: EncodeOptions['batches'],
  toArrow: (columns: readonly ColumnData[]) => Uint8Array,
): Generator<Uint8Array, undefined> {
  for (const columns of batches) yield toArrow(columns);
}

/** Loads what encoding needs, 0.3 s of work, before there is anything to encode. The encoding throws what fails. */
export async function loadEncoder(): Promise<void> {
  await Promise.allSettled([import('parquet-wasm'), import('apache-arrow')]);
}

function unwritable(path: string, cause: unknown): TableError {
  const hint = 'check that the folder exists, may be written to and has room';
  const problem = `${path} cannot be written: ${(cause as Error).message}; ${hint}`;
  return new TableError('UNWRITABLE', problem, { cause });
}

/** apache-arrow takes 150 ms to load, so it is loaded when something is written. */
async function arrowWriter(): Promise<(columns: readonly ColumnData[]) => Uint8Array> {
  const arrow = await import('apache-arrow');
  const vector = ({ type: name, values }: ColumnData): Vector => {
    const type: DataType =
      name === 'dictionary'
        ? new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32()) // each column has its own
        : new arrow[ARROW_TYPES[name]]();
    // element by element, the builders take ten times as long
    const isNumber = arrow.DataType.isInt(type) || arrow.DataType.isFloat(type);
    if (isNumber && values instanceof type.ArrayType) return arrow.makeVector(values);
    return arrow.vectorFromArray(Array.from(values), type);
  };
  return (columns) => {
    const table = new arrow.Table(Object.fromEntries(columns.map((column) => [column.name, vector(column)])));
    return arrow.tableToIPC(table, 'stream');
  };
}
