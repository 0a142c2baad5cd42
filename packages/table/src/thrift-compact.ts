/**
 * Reader of the Thrift compact protocol, the encoding of parquet's footers and page headers.
 *
 * It visits the fields of a struct and knows nothing about parquet: the caller reads the fields it wants, all others
 * are skipped without building anything, so that memory does not depend on what a footer holds. The bytes are hostile:
 * every length is checked against the bytes left, nesting is bounded, and anything malformed throws a RangeError.
 *
 * @see https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
 * @example
 * let rows = 0;
 * new ThriftReader(Uint8Array.of(0x36, 0x0a, 0x00)).struct((id, read) => { if (id === 3) rows = read.integer(); });
 * rows; // => 5
 */
export class ThriftReader {
  readonly #bytes: Uint8Array;
  #at: number;
  #depth = 0;
  /** Type of the value that comes next, CONSUMED when it has been read. */
  #type = STRUCT;

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.#at = at;
  }

  /** Where the next byte is read from. */
  get position(): number {
    return this.#at;
  }

  /** Calls `onField` with the id of every field; it may read the value, else that is skipped. */
  struct(onField: (id: number, read: ThriftReader) => void): void {
    this.#begin(STRUCT);
    let id = 0;
    let [seenLow, seenHigh] = [0, 0]; // bits of the ids 0 to 31 and 32 to 63; parquet has none above
    for (;;) {
      const header = this.#byte();
      if (header === STOP) break;
      id = header >> 4 === 0 ? this.#zigzag() : id + (header >> 4);
      const [bit, seen] = [1 << (id & 31), id < 32 ? seenLow : seenHigh];
      if (id >= 0 && id < 64 && (seen & bit) !== 0) throw new RangeError(`thrift field ${id} appears twice`);
      if (id < 32) seenLow |= bit;
      else seenHigh |= bit;
      this.#type = header & 0x0f;
      onField(id, this);
      if (this.#type === TRUE || this.#type === FALSE) this.#type = CONSUMED; // the header was the value
      if (this.#type !== CONSUMED) this.#skip();
    }
    this.#end();
  }

  /** Calls `onItem` for every item; it may read the value, else that is skipped. */
  list(onItem: (index: number, read: ThriftReader) => void): void {
    this.#begin(LIST);
    const header = this.#byte();
    const size = this.#count(header >> 4 === 0x0f ? this.#varint() : header >> 4);
    for (let i = 0; i < size; i++) {
      this.#type = header & 0x0f;
      onItem(i, this);
      if (this.#type !== CONSUMED) this.#skip();
    }
    this.#end();
  }

  /** An integer of any width: exact to 2^53, merely large above it, so callers check Number.isSafeInteger. */
  integer(): number {
    const type = this.#type;
    this.#type = CONSUMED;
    if (type === I16 || type === I32 || type === I64) return this.#zigzag();
    if (type === BYTE) return (this.#byte() << 24) >> 24;
    throw new RangeError(`thrift value of type ${type}, expected an integer`);
  }

  /** A boolean field of a struct. */
  boolean(): boolean {
    const type = this.#type;
    if (type !== TRUE && type !== FALSE)
      throw new RangeError(`thrift value of type ${type}, expected a boolean`);
    this.#type = CONSUMED;
    return type === TRUE;
  }

  /** Text or bytes, as a view of the bytes that are read. */
  bytes(): Uint8Array {
    if (this.#type !== BINARY) throw new RangeError(`thrift value of type ${this.#type}, expected bytes`);
    this.#type = CONSUMED;
    return this.#take(this.#varint());
  }

  #begin(expected: number): void {
    if (this.#type !== expected && !(expected === LIST && this.#type === SET))
      throw new RangeError(`thrift value of type ${this.#type}, expected type ${expected}`);
    if (++this.#depth > MAX_DEPTH) throw new RangeError(`thrift structs nest deeper than ${MAX_DEPTH}`);
  }

  #end(): void {
    this.#depth--;
    this.#type = CONSUMED;
  }

  #skip(): void {
    switch (this.#type) {
      case TRUE: // as a list item a boolean is one byte
      case FALSE:
      case BYTE:
        this.#byte();
        break;
      case I16:
      case I32:
      case I64:
        this.#varint();
        break;
      case DOUBLE:
        this.#take(8);
        break;
      case BINARY:
        this.#take(this.#varint());
        break;
      case LIST:
      case SET:
        return this.list(() => undefined);
      case MAP:
        this.#skipMap();
        break;
      case STRUCT:
        return this.struct(() => undefined);
      default:
        throw new RangeError(`thrift type ${this.#type} is unknown`);
    }
    this.#type = CONSUMED;
  }

  #skipMap(): void {
    this.#begin(MAP);
    const size = this.#count(this.#varint());
    const types = size === 0 ? 0 : this.#byte();
    for (let i = 0; i < size; i++) {
      this.#type = types >> 4;
      this.#skip();
      this.#type = types & 0x0f;
      this.#skip();
    }
    this.#end();
  }

  /** Every item takes at least one byte, so a larger count is a lie. */
  #count(size: number): number {
    if (size > this.#bytes.length - this.#at)
      throw new RangeError(`thrift list of ${size} exceeds the bytes left`);
    return size;
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

  /** Unsigned LEB128 as a number. */
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

/** Writer of the same protocol, of the types that a parquet footer needs. */
export class ThriftWriter {
  #bytes = Buffer.alloc(1024);
  #length = 0;
  readonly #ids: number[] = [];

  /** Writes a struct: as a whole, as an item of a list, or behind `field`. */
  struct(write: () => void): this {
    this.#ids.push(0);
    write();
    this.#ids.pop();
    this.#byte(STOP);
    return this;
  }

  i32(id: number, value: number): void {
    this.#field(id, I32);
    this.integer(value);
  }

  i64(id: number, value: number): void {
    this.#field(id, I64);
    this.integer(value);
  }

  binary(id: number, value: Uint8Array | string): void {
    this.#field(id, BINARY);
    this.bytes(value);
  }

  structField(id: number, write: () => void): void {
    this.#field(id, STRUCT);
    this.struct(write);
  }

  /** A list of `items`, each written by `write`, which is to write a value of the type named. */
  list<T>(
    id: number,
    type: 'i32' | 'binary' | 'struct',
    items: readonly T[],
    write: (item: T) => void,
  ): void {
    this.#field(id, LIST);
    const code = { i32: I32, binary: BINARY, struct: STRUCT }[type];
    this.#byte((Math.min(items.length, 15) << 4) | code);
    if (items.length >= 15) this.#varint(items.length);
    items.forEach(write);
  }

  /** An item of a list. */
  integer(value: number): void {
    this.#varint(value >= 0 ? value * 2 : -value * 2 - 1);
  }

  /** An item of a list. */
  bytes(value: Uint8Array | string): void {
    const bytes = typeof value === 'string' ? Buffer.from(value) : value;
    this.#varint(bytes.length);
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  finish(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  #field(id: number, type: number): void {
    const delta = id - this.#ids.at(-1)!;
    this.#ids[this.#ids.length - 1] = id;
    this.#byte((delta << 4) | type); // parquet's ids ascend by less than 16
  }

  #varint(value: number): void {
    for (; value >= 128; value = Math.floor(value / 128)) this.#byte((value % 128) | 0x80);
    this.#byte(value);
  }

  #byte(value: number): void {
    this.#room(1);
    this.#bytes[this.#length++] = value;
  }

  #room(length: number): void {
    if (this.#length + length <= this.#bytes.length) return;
    this.#bytes = Buffer.concat([this.#bytes], (this.#length + length) * 2);
  }
}

const MAX_DEPTH = 24; // a parquet footer nests 7 deep

const CONSUMED = -1;
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
