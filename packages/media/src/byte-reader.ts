import { concatBytes } from '@vqforge/base';
import { latin1 } from './latin1.ts';

/** Where bytes come from, and how to stop them coming. */
export interface ByteSource {
  readonly chunks: AsyncIterator<Uint8Array>;
  /** Fills the target with what follows the chunks so far, as `ByteReader.readInto`; absent where bytes come as they come. */
  readInto?(target: Uint8Array): Promise<number>;
  /** Passes over bytes, as `ByteReader.skip`. */
  skip?(length: number): Promise<number>;
  /** Frees what is open, also while a chunk is awaited. */
  close(): Promise<void>;
}

/** Memory of so many bytes, zeroed or not: all of it is written. */
export type Allocate = (bytes: number) => ArrayBufferLike;

export const newMemory: Allocate = (bytes) => new ArrayBuffer(bytes);

const NEWLINE = 10;

/** Lines and blocks of bytes out of chunks of any size. It asks for a chunk only when it needs one: that is the back-pressure. */
export class ByteReader {
  readonly #source: ByteSource;
  /** Bytes that came and were not read. */
  #rest: Uint8Array = new Uint8Array(0);

  constructor(source: ByteSource) {
    this.#source = source;
  }

  close(): Promise<void> {
    return this.#source.close();
  }

  /** The next bytes without reading them, fewer than `length` only at the end. */
  async peek(length: number): Promise<Uint8Array> {
    while (this.#rest.length < length && (await this.#more()));
    return this.#rest.subarray(0, length);
  }

  /** One line without its newline, as Latin-1; null at the end, undefined when `limit` bytes or the rest hold no newline. */
  async readLine(limit: number): Promise<string | null | undefined> {
    for (;;) {
      const end = this.#rest.subarray(0, limit).indexOf(NEWLINE);
      if (end >= 0) {
        const line = latin1(this.#rest.subarray(0, end));
        this.#rest = this.#rest.subarray(end + 1);
        return line;
      }
      if (this.#rest.length >= limit) return undefined;
      if (!(await this.#more())) return this.#rest.length === 0 ? null : undefined;
    }
  }

  /** Up to `length` bytes in memory of their own, which is allocated only when they have arrived. */
  async read(length: number, allocate: Allocate = newMemory): Promise<Uint8Array> {
    const pieces = [this.#rest];
    let total = this.#rest.length;
    while (total < length && (await this.#next())) {
      pieces.push(this.#rest);
      total += this.#rest.length;
    }
    const bytes = new Uint8Array(allocate(Math.min(length, total)));
    let filled = 0;
    for (const piece of pieces) {
      const part = piece.subarray(0, bytes.length - filled);
      bytes.set(part, filled);
      filled += part.length;
      this.#rest = piece.subarray(part.length);
    }
    return bytes;
  }

  /** Fills the target; returns how many bytes there were, fewer than its length only at the end. */
  async readInto(target: Uint8Array): Promise<number> {
    let filled = 0;
    while (filled < target.length) {
      if (this.#rest.length === 0 && this.#source.readInto !== undefined)
        return filled + (await this.#source.readInto(target.subarray(filled)));
      if (this.#rest.length === 0 && !(await this.#next())) break;
      const part = this.#rest.subarray(0, target.length - filled);
      target.set(part, filled);
      filled += part.length;
      this.#rest = this.#rest.subarray(part.length);
    }
    return filled;
  }

  /** Passes over bytes without keeping them; returns how many there were, fewer than `length` only at the end. */
  async skip(length: number): Promise<number> {
    let passed = 0;
    while (passed < length) {
      if (this.#rest.length === 0 && this.#source.skip !== undefined)
        return passed + (await this.#source.skip(length - passed));
      if (this.#rest.length === 0 && !(await this.#next())) break;
      const part = Math.min(this.#rest.length, length - passed);
      passed += part;
      this.#rest = this.#rest.subarray(part);
    }
    return passed;
  }

  /** Appends the next chunk to the rest; false at the end. */
  async #more(): Promise<boolean> {
    const before = this.#rest;
    if (!(await this.#next())) return false;
    if (before.length > 0) this.#rest = concatBytes([before, this.#rest]);
    return true;
  }

  /** Puts the next chunk in place of the rest, which is left as it is at the end. */
  async #next(): Promise<boolean> {
    for (;;) {
      const { done, value } = await this.#source.chunks.next();
      if (done === true) return false;
      if (value.length === 0) continue;
      this.#rest = value;
      return true;
    }
  }
}
