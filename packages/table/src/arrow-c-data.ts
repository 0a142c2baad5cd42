/**
 * Views of Arrow arrays that lie in WebAssembly memory, by the Arrow C data interface.
 *
 * The usual way out of parquet-wasm is an IPC stream parsed by apache-arrow. Importing apache-arrow alone takes
 * longer (about 150 ms) than reading the whole open9 table, and the stream is one more copy of the data. The C
 * structs are a stable ABI; in wasm32 pointers are 4 bytes and int64 fields are aligned to 8.
 *
 * Everything returned is an address: it is valid until the batch is freed or the memory grows.
 *
 * @see https://arrow.apache.org/docs/format/CDataInterface.html#structure-definitions
 */
export interface ArrowColumn {
  readonly name: string;
  /** Format string: 'g' float64, 'u' utf8, … (of the indices where there is a dictionary). */
  readonly format: string;
  readonly length: number;
  /** Elements to skip in every buffer. */
  readonly offset: number;
  /** Address of the validity bitmap, 0 when no value is null. */
  readonly validity: number;
  /** Addresses of the other buffers: values, or offsets and bytes. */
  readonly buffers: readonly number[];
  readonly dictionary?: ArrowColumn;
}

// ArrowArray: int64 length, null_count, offset, n_buffers, n_children; then pointers
const ARRAY = {
  length: 0,
  nullCount: 8,
  offset: 16,
  bufferCount: 24,
  childCount: 32,
  buffers: 40,
  children: 44,
  dictionary: 48,
};
// ArrowSchema: pointers format, name, metadata (and padding), int64 flags, n_children; then pointers
const SCHEMA = { format: 0, name: 4, childCount: 24, children: 32, dictionary: 36 };

/** Columns of a record batch, which the interface passes as one struct array. */
export function recordBatchColumns(memory: ArrayBuffer, array: number, schema: number): ArrowColumn[] {
  const view = new DataView(memory);
  const childCount = int64(view, array + ARRAY.childCount);
  if (childCount !== int64(view, schema + SCHEMA.childCount))
    throw new Error('array and schema have different columns');
  const arrays = view.getUint32(array + ARRAY.children, true);
  const schemas = view.getUint32(schema + SCHEMA.children, true);
  return Array.from({ length: childCount }, (_, i) =>
    column(view, view.getUint32(arrays + 4 * i, true), view.getUint32(schemas + 4 * i, true)),
  );
}

function column(view: DataView, array: number, schema: number): ArrowColumn {
  const addresses = view.getUint32(array + ARRAY.buffers, true);
  const bufferCount = int64(view, array + ARRAY.bufferCount);
  const [validity = 0, ...buffers] = Array.from({ length: bufferCount }, (_, i) =>
    view.getUint32(addresses + 4 * i, true),
  );
  const dictionary = view.getUint32(array + ARRAY.dictionary, true);
  return {
    name: cString(view, view.getUint32(schema + SCHEMA.name, true)),
    format: cString(view, view.getUint32(schema + SCHEMA.format, true)),
    length: int64(view, array + ARRAY.length),
    offset: int64(view, array + ARRAY.offset),
    validity: int64(view, array + ARRAY.nullCount) === 0 ? 0 : validity,
    buffers,
    ...(dictionary !== 0 && {
      dictionary: column(view, dictionary, view.getUint32(schema + SCHEMA.dictionary, true)),
    }),
  };
}

function int64(view: DataView, address: number): number {
  return view.getInt32(address + 4, true) * 2 ** 32 + view.getUint32(address, true);
}

function cString(view: DataView, address: number): string {
  if (address === 0) return '';
  let end = address;
  while (view.getUint8(end) !== 0) end++;
  return new TextDecoder().decode(new Uint8Array(view.buffer, address, end - address));
}

/** True where the validity bitmap has a zero bit. */
export function isNull(bitmap: Uint8Array, column: ArrowColumn, row: number): boolean {
  const bit = column.offset + row;
  return (bitmap[column.validity + (bit >> 3)]! & (1 << (bit & 7))) === 0;
}
