import { malformed } from './errors.ts';

/** A little-endian cursor that answers MALFORMED instead of reading past `end`. Nothing is copied. */
export class ByteReader {
  readonly what: string;
  readonly end: number;
  position: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, what: string, start = 0, end: number = bytes.length) {
    this.what = what;
    this.end = end;
    this.position = start;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get remaining(): number {
    return this.end - this.position;
  }

  /** The next `length` bytes as a view of the input. */
  take(length: number): Uint8Array {
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  u8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  i32(): number {
    return this.#view.getInt32(this.#advance(4), true);
  }

  /** A 64-bit count. Above 2^53 − 1 no file can hold what it counts. */
  u64(): number {
    const value = this.#view.getBigUint64(this.#advance(8), true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
      throw malformed(`${this.what} declares a count of ${value}, expected at most 2^53 - 1`);
    }
    return Number(value);
  }

  /** The one big-endian number of the formats read here: pickle's BINFLOAT. */
  f64BigEndian(): number {
    return this.#view.getFloat64(this.#advance(8), false);
  }

  #advance(length: number): number {
    if (length > this.remaining) {
      const wanted = `expected ${length} more bytes, got ${this.remaining}`;
      throw malformed(`${this.what} is cut short at byte ${this.position}: ${wanted}`);
    }
    const start = this.position;
    this.position += length;
    return start;
  }
}
