/**
 * Reader of the Thrift compact protocol, the encoding of a parquet footer.
 *
 * It decodes a struct into a map from field id to value and knows nothing about parquet. The bytes are hostile:
 * every length is checked against the bytes left before anything is allocated, nesting is bounded, and anything
 * malformed throws a RangeError.
 *
 * @see https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
 */
export type ThriftValue = boolean | number | Uint8Array | ThriftValue[] | ThriftStruct;
export type ThriftStruct = Map<number, ThriftValue>;

const MAX_DEPTH = 24; // a parquet footer nests 7 deep

const STOP = 0;
const TRUE = 1;
const FALSE = 2;
const BYTE = 3;
const I16 = 4;
const I32 = 5;
const I64 = 6;
const DOUBLE = 7;
const BINARY = 8;
const LIST = 9;
const SET = 10;
const MAP = 11;
const STRUCT = 12;

export class ThriftReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #depth = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  struct(): ThriftStruct {
    if (++this.#depth > MAX_DEPTH) throw new RangeError(`thrift structs nest deeper than ${MAX_DEPTH}`);
    const fields: ThriftStruct = new Map();
    let id = 0;
    for (;;) {
      const header = this.#byte();
      if (header === STOP) break;
      const type = header & 0x0f;
      id = header >> 4 === 0 ? this.#zigzag() : id + (header >> 4);
      if (fields.has(id)) throw new RangeError(`thrift field ${id} appears twice`);
      fields.set(id, type === TRUE || type === FALSE ? type === TRUE : this.#value(type));
    }
    this.#depth--;
    return fields;
  }

  #value(type: number): ThriftValue {
    switch (type) {
      case TRUE: // as a list element a boolean is one byte
      case FALSE:
        return this.#byte() === TRUE;
      case BYTE:
        return (this.#byte() << 24) >> 24;
      case I16:
      case I32:
      case I64:
        return this.#zigzag();
      case DOUBLE:
        return this.#double();
      case BINARY:
        return this.#take(this.#varint());
      case LIST:
      case SET:
        return this.#list();
      case MAP:
        return this.#map();
      case STRUCT:
        return this.struct();
      default:
        throw new RangeError(`thrift type ${type} is not defined`);
    }
  }

  #list(): ThriftValue[] {
    if (++this.#depth > MAX_DEPTH) throw new RangeError(`thrift lists nest deeper than ${MAX_DEPTH}`);
    const header = this.#byte();
    const size = this.#count(header >> 4 === 15 ? this.#varint() : header >> 4);
    const items: ThriftValue[] = [];
    for (let i = 0; i < size; i++) items.push(this.#value(header & 0x0f));
    this.#depth--;
    return items;
  }

  /** Keys and values in turn; no parquet footer field is a map, so this only has to pass over one. */
  #map(): ThriftValue[] {
    if (++this.#depth > MAX_DEPTH) throw new RangeError(`thrift maps nest deeper than ${MAX_DEPTH}`);
    const size = this.#count(this.#varint());
    const types = size === 0 ? 0 : this.#byte();
    const items: ThriftValue[] = [];
    for (let i = 0; i < size; i++) items.push(this.#value(types >> 4), this.#value(types & 0x0f));
    this.#depth--;
    return items;
  }

  /** Every element takes at least one byte, so a larger count is a lie. */
  #count(size: number): number {
    if (size > this.#bytes.length - this.#at)
      throw new RangeError(`thrift list of ${size} exceeds the bytes left`);
    return size;
  }

  #double(): number {
    const { buffer, byteOffset } = this.#take(8);
    return new DataView(buffer, byteOffset, 8).getFloat64(0, true);
  }

  #take(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#bytes.length)
      throw new RangeError(`thrift field of ${length} bytes exceeds the bytes left`);
    const slice = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return slice;
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw new RangeError('thrift data ends in the middle of a field');
    return byte;
  }

  /** Unsigned LEB128 as a number: exact to 2^53, merely large above it, so callers check Number.isSafeInteger. */
  #varint(): number {
    let value = 0;
    for (let scale = 1; scale < 2 ** 70; scale *= 128) {
      const byte = this.#byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw new RangeError('thrift varint is longer than ten bytes');
  }

  #zigzag(): number {
    const value = this.#varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}
