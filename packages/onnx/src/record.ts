import { MESSAGES, type FieldSpec, type MessageName } from './schema.ts';
import { isMessageName, readPackedIntegers, WIRE_TYPE, type WireMessage, type WireValue } from './wire.ts';

/** Messages as records: the fields that models of ours use, by their names in onnx.proto. */
export interface ModelRecord {
  ir_version?: bigint;
  producer_name?: string;
  graph?: GraphRecord;
  opset_import?: { version?: bigint }[];
}

export interface GraphRecord {
  node?: NodeRecord[];
  name?: string;
  initializer?: TensorRecord[];
  input?: ValueInfoRecord[];
  output?: ValueInfoRecord[];
}

export interface NodeRecord {
  input?: string[];
  output?: string[];
  op_type?: string;
  attribute?: AttributeRecord[];
}

export interface AttributeRecord {
  name?: string;
  type?: number;
  f?: number;
  i?: bigint;
  s?: Uint8Array;
  t?: TensorRecord;
  g?: GraphRecord;
  floats?: number[];
  ints?: bigint[];
  tensors?: TensorRecord[];
}

export interface TensorRecord {
  dims?: bigint[];
  data_type?: number;
  float_data?: number[];
  int32_data?: number[];
  int64_data?: bigint[];
  name?: string;
  raw_data?: Uint8Array;
  double_data?: number[];
  external_data?: { key?: string; value?: string }[];
  data_location?: number;
}

export interface ValueInfoRecord {
  name?: string;
  type?: {
    tensor_type?: { elem_type?: number; shape?: { dim?: { dim_value?: bigint; dim_param?: string }[] } };
  };
}

type Scalar = bigint | number | string | Uint8Array;
/** A record whose keys are names of the schema, never text of a file. */
interface UntypedRecord {
  [name: string]: Scalar | UntypedRecord | (Scalar | UntypedRecord)[];
}

/**
 * The fields of a model by name. Of a repeated singular field the last one stays, as in protobuf libraries, and unknown
 * fields are left out: scanModel finds both. Byte fields share the memory of the file.
 */
export function readModelRecord(message: WireMessage): ModelRecord {
  return untypedRecord(message);
}

function untypedRecord({ fields }: WireMessage): UntypedRecord {
  const record = Object.create(null) as UntypedRecord;
  for (const { spec, value } of fields) {
    if (spec === undefined) continue;
    if (spec.repeated) {
      const values = (record[spec.name] ??= []) as (Scalar | UntypedRecord)[];
      for (const element of elementsOf(spec, value)) values.push(element);
    } else record[spec.name] = elementsOf(spec, value)[0]!;
  }
  return record;
}

/** The values of one field of the file: of a packed list its elements, else one value. */
function elementsOf({ kind }: FieldSpec, value: WireValue): readonly (Scalar | UntypedRecord)[] {
  if (typeof value === 'bigint') return [kind === 'int32' ? Number(value) : value];
  if (typeof value === 'string' || kind === 'bytes') return [value as Scalar];
  if (!(value instanceof Uint8Array)) return [untypedRecord(value)];
  if (kind !== 'float' && kind !== 'double') {
    const integers = readPackedIntegers(value);
    return kind === 'int32' ? integers.map(Number) : integers;
  }
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  const width = kind === 'float' ? 4 : 8;
  return Array.from({ length: value.length / width }, (_, index) =>
    kind === 'float' ? view.getFloat32(index * width, true) : view.getFloat64(index * width, true),
  );
}

/** The bytes of a model: fields ascend by number, lists of numbers are packed. */
export function encodeModelRecord(record: ModelRecord): Uint8Array {
  return encodeFields('ModelProto', record as UntypedRecord).join();
}

function encodeFields(type: MessageName, record: UntypedRecord): Chunks {
  const chunks = new Chunks();
  // keys that are integers come in ascending order
  for (const [key, { name, kind, repeated }] of Object.entries(MESSAGES[type])) {
    const value = record[name];
    if (value === undefined) continue;
    const number = Number(key);
    const values = Array.isArray(value) ? value : [value];
    if (isMessageName(kind)) {
      for (const inner of values) chunks.addField(number, encodeFields(kind, inner as UntypedRecord));
    } else if (kind === 'string' || kind === 'bytes') {
      for (const element of values)
        chunks.addField(number, new Chunks().add(textOrBytes(element as string | Uint8Array)));
    } else if (repeated) {
      const packed = new Chunks();
      for (const element of values) packed.add(scalar(kind, element as number | bigint));
      if (packed.length > 0) chunks.addField(number, packed);
    } else {
      chunks.add(varint(number * 8 + WIRE_TYPE[kind]));
      chunks.add(scalar(kind, value as number | bigint));
    }
  }
  return chunks;
}

function textOrBytes(value: string | Uint8Array): Uint8Array {
  return typeof value === 'string' ? new TextEncoder().encode(value) : value;
}

function scalar(kind: keyof typeof WIRE_TYPE, value: number | bigint): Uint8Array {
  if (kind === 'float') return new Uint8Array(Float32Array.of(Number(value)).buffer);
  if (kind === 'double') return new Uint8Array(Float64Array.of(Number(value)).buffer);
  return varint(BigInt.asUintN(64, BigInt(value)));
}

/** Parts of a message that is being written. */
export class Chunks {
  readonly #chunks: Uint8Array[] = [];
  length = 0;

  add(chunk: Uint8Array): this {
    this.#chunks.push(chunk);
    this.length += chunk.length;
    return this;
  }

  /** Adds a field of bytes: its tag, its length and what it holds. */
  addField(number: number, content: Chunks): void {
    this.add(varint(number * 8 + 2)).add(varint(content.length));
    for (const chunk of content.#chunks) this.add(chunk);
  }

  join(): Uint8Array {
    const joined = new Uint8Array(this.length);
    let position = 0;
    for (const chunk of this.#chunks) {
      joined.set(chunk, position);
      position += chunk.length;
    }
    return joined;
  }
}

function varint(value: number | bigint): Uint8Array {
  const encoded: number[] = [];
  let rest = BigInt(value);
  for (; rest >= 0x80n; rest >>= 7n) encoded.push(Number(rest & 0x7fn) | 0x80);
  encoded.push(Number(rest));
  return Uint8Array.from(encoded);
}
