/** Changes single facts of a parquet footer, as damage or a strange writer would. */
export interface FooterPatch {
  readonly column: string;
  /** CompressionCodec of the column in its first row group, SNAPPY before. */
  readonly codec?: number;
  /** Type of the column in the schema, DOUBLE before. */
  readonly schemaType?: number;
  /** Adds one to the first row group's rows, or to the column's values in it. */
  readonly count?: 'rows' | 'values';
}

// Compact-protocol field headers of parquet.thrift: (field id delta << 4) | type, followed by the value
const I32 = 5;
const I64 = 6;
const zigzag = (value: number): number => value * 2;
const field = (delta: number, type: number, value: number): number[] => [(delta << 4) | type, zigzag(value)];

const DOUBLE = 5;
const OPTIONAL = 1;
const SNAPPY = 1;

export function patch(bytes: Buffer, { column, codec, schemaType, count }: FooterPatch): Buffer {
  const patched = Buffer.from(bytes);
  const name = Buffer.from(column);
  if (schemaType !== undefined) {
    // SchemaElement: 1 type, 3 repetition_type, 4 name
    const at = find(patched, [
      ...field(1, I32, DOUBLE),
      ...field(2, I32, OPTIONAL),
      0x18,
      name.length,
      ...name,
    ]);
    patched[at + 1] = zigzag(schemaType);
  }
  // ColumnMetaData: 3 path_in_schema ends in the name, 4 codec, 5 num_values
  const chunk = (): number => find(patched, [...name, ...field(1, I32, SNAPPY)]) + name.length;
  if (codec !== undefined) patched[chunk() + 1] = zigzag(codec);
  if (count === 'values') increment(patched, chunk() + 3);
  if (count === 'rows') {
    // RowGroup: 3 num_rows is 25 and follows 2 total_byte_size
    const at = patched.lastIndexOf(Buffer.from(field(1, I64, 25)));
    increment(patched, at + 1);
  }
  return patched;
}

/** As files of DuckDB and Spark are: only parquet's own types. */
export function withoutArrowSchema(bytes: Buffer): Buffer {
  const renamed = Buffer.from(bytes);
  renamed.write('ARROX', find(renamed, [...Buffer.from('ARROW:schema')]));
  return renamed;
}

/** Adds one to a zigzag varint of one byte. */
function increment(bytes: Buffer, at: number): void {
  bytes.writeUInt8(bytes.readUInt8(at) + 2, at);
}

function find(bytes: Buffer, pattern: number[]): number {
  const at = bytes.lastIndexOf(Buffer.from(pattern)); // the footer is at the end
  if (at < 0) throw new Error(`pattern ${pattern.join(' ')} is not in the file`);
  return at;
}
