import { createHash } from 'node:crypto';

/**
 * sha256 of one column in canonical row order, little-endian.
 *
 * - float64: 8 bytes per row. Every number type is hashed as float64, so float32 and float64 files of equal values agree.
 * - uint32 (frame_index): 4 bytes per row.
 * - string: each distinct value in byte order as uint32 byte length and UTF-8 bytes, then per row the uint32
 *   position of its value in that list.
 *
 * Workers import this file, so it must not import a package that is slow to load.
 */
export function columnDigest(values: Float64Array | Uint32Array, names: readonly string[] = []): string {
  const hash = createHash('sha256');
  const length = Buffer.alloc(4);
  for (const name of names) {
    const bytes = Buffer.from(name);
    length.writeUInt32LE(bytes.length);
    hash.update(length).update(bytes);
  }
  return hash.update(values).digest('hex'); // typed arrays are little-endian wherever WebAssembly shares memory with them
}
