import { createHash } from 'node:crypto';
import { compactJson } from '@vqforge/base';
import { DTYPES, type Dtype } from './dtype.ts';

/**
 * One tensor of a weight file. `bytes` holds the elements contiguous, row-major and little-endian; it may be
 * a view of the file that was read, so it must not be written to.
 */
export interface StateTensor {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** Tensors by name, in file order: what PyTorch calls a state dict. */
export type StateDict = ReadonlyMap<string, StateTensor>;

/** Weights have at most 5 dimensions; PyTorch allows 64. */
export const MAX_RANK = 8;

/** Number of elements of a shape: 1 for a 0-d tensor. May exceed what exists; compare before allocating. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** The elements as float32, rounded to nearest even where the stored type is wider. */
export function float32Values(tensor: StateTensor): Float32Array {
  const { itemSize, read } = DTYPES[tensor.dtype];
  const view = new DataView(tensor.bytes.buffer, tensor.bytes.byteOffset, tensor.bytes.byteLength);
  const values = new Float32Array(tensor.bytes.byteLength / itemSize);
  for (let index = 0; index < values.length; index++) values[index] = read(view, index * itemSize);
  return values;
}

/** The same tensor in float32, in memory of its own, so that the file it came from can be released. */
export function toFloat32(tensor: StateTensor): StateTensor {
  // not slice(): that of a Node Buffer does not copy
  if (tensor.dtype === 'f32') return { ...tensor, bytes: new Uint8Array(tensor.bytes) };
  return float32Tensor(tensor.shape, float32Values(tensor));
}

/** A float32 tensor of these elements, in memory of its own. */
export function float32Tensor(shape: readonly number[], values: Float32Array): StateTensor {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  values.forEach((value, index) => view.setFloat32(index * 4, value, true));
  return { dtype: 'f32', shape, bytes };
}

/**
 * Digest of tensors, whatever file they came from: sha256 over a version line and then, for each tensor in
 * ascending order of name (UTF-16 code units), the line `["name","dtype",[shape]]` and its little-endian bytes.
 * The shape fixes how many bytes follow, so no two different sets share a stream.
 *
 * @returns 64 lowercase hex digits
 */
export function contentDigest(tensors: StateDict): string {
  const hash = createHash('sha256').update('vqforge tensors 1\n');
  for (const [name, tensor] of [...tensors].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${compactJson([name, tensor.dtype, tensor.shape])}\n`).update(tensor.bytes);
  }
  return hash.digest('hex');
}
