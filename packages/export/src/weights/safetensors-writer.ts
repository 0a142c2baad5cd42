import { compactJson } from '@vqforge/base';
import { DTYPES } from './dtype.ts';
import type { StateDict } from './state-dict.ts';

/** The data of a file that safetensors itself writes starts at a multiple of this. */
const ALIGNMENT = 8;

/**
 * The one safetensors file of some tensors: sorted by name, no metadata, no gaps, the header padded with spaces.
 * The same tensors give the same bytes, whatever order they come in.
 *
 * @see https://github.com/huggingface/safetensors/blob/v0.6.2/README.md#format
 */
export function writeSafetensors(tensors: StateDict): Uint8Array {
  const sorted = [...tensors].sort(([a], [b]) => (a < b ? -1 : 1));
  let end = 0;
  const header = Object.fromEntries(
    sorted.map(([name, { dtype, shape, bytes }]) => [
      name,
      { dtype: DTYPES[dtype].safetensors, shape, data_offsets: [end, (end += bytes.length)] },
    ]),
  );
  const text = Buffer.from(compactJson(header));
  const padded = Math.ceil(text.length / ALIGNMENT) * ALIGNMENT;
  const start = Buffer.alloc(8 + padded, ' ');
  start.writeBigUInt64LE(BigInt(padded));
  text.copy(start, 8);
  return new Uint8Array(Buffer.concat([start, ...sorted.map(([, { bytes }]) => bytes)]));
}
