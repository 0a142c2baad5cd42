import { closeSync, constants, ftruncateSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { PipelineError } from '../errors.ts';

/** SHA-256 of what a row was computed from. */
const DIGEST_BYTES = 32;

/**
 * Rows of float32 numbers on disk, each with the digest of what it was computed from, so that an interrupted pass goes on
 * where it stopped and a row of something else is never taken for this one's. Memory does not grow with the rows: those
 * that are wanted are read when they are wanted, and the system's page cache keeps what fits.
 *
 * Row: `width` float32 in the byte order of the machine, which is little-endian wherever Node runs today, then the digest.
 */
export class StatisticsFile {
  readonly #path: string;
  readonly #file: number;
  readonly #rowBytes: number;
  readonly #row: Buffer;
  #rows: number;

  /** @throws PipelineError UNWRITABLE */
  constructor(path: string, width: number) {
    this.#path = path;
    this.#rowBytes = 4 * width + DIGEST_BYTES;
    this.#row = Buffer.alloc(this.#rowBytes);
    this.#file = this.#attempt(() => openSync(path, constants.O_RDWR | constants.O_CREAT));
    // a row that was being written when the process ended is none
    this.#rows = Math.floor(fstatSync(this.#file).size / this.#rowBytes);
  }

  get rows(): number {
    return this.#rows;
  }

  /** Whether there is a row at this place that was computed from the same. */
  has(row: number, digest: Uint8Array): boolean {
    if (row >= this.#rows) return false;
    const kept = this.#row.subarray(0, DIGEST_BYTES);
    this.#readAt(kept, (row + 1) * this.#rowBytes - DIGEST_BYTES);
    return kept.equals(digest);
  }

  /** Puts a row in its place. Places before it that were never written hold no digest, and so no row. */
  write(row: number, values: Float32Array, digest: Uint8Array): void {
    this.#row.set(bytesOf(values));
    this.#row.set(digest, this.#rowBytes - DIGEST_BYTES);
    this.#attempt(() => writeSync(this.#file, this.#row, 0, this.#rowBytes, row * this.#rowBytes));
    this.#rows = Math.max(this.#rows, row + 1);
  }

  /** Fills `target` with numbers of a row, from the first or from another one on. */
  read(row: number, target: Float32Array, from = 0): void {
    this.#readAt(bytesOf(target), row * this.#rowBytes + Float32Array.BYTES_PER_ELEMENT * from);
  }

  /** Forgets what lies behind the rows of this pass. */
  truncate(rows: number): void {
    this.#attempt(() => ftruncateSync(this.#file, rows * this.#rowBytes));
    this.#rows = rows;
  }

  close(): void {
    closeSync(this.#file);
  }

  #readAt(target: Uint8Array, position: number): void {
    const read = this.#attempt(() => readSync(this.#file, target, 0, target.length, position));
    if (read !== target.length)
      throw new PipelineError('UNREADABLE', `${this.#path} ends at byte ${position + read} of a row`);
  }

  #attempt<T>(act: () => T): T {
    try {
      return act();
    } catch (error) {
      throw new PipelineError('UNWRITABLE', `${this.#path}: ${(error as Error).message}`, { cause: error });
    }
  }
}

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
