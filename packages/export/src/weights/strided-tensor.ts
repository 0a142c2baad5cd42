import { DTYPES } from './dtype.ts';
import { quoted, WeightsError } from './errors.ts';
import { elementCount, type StateDict, type StateTensor } from './state-dict.ts';
import type { TorchTensor } from './torch-pickle.ts';

/**
 * Lays every tensor out contiguous and row-major. A tensor that already is stays a view of its storage, so any
 * number of tensors may share one; a transposed or expanded one is copied, all copies together within `maxCopyBytes`
 * (a stride of 0 can claim more elements than any file holds).
 *
 * @param storages raw bytes by storage key, each as long as its declaration
 * @throws WeightsError TOO_LARGE when the copies would exceed `maxCopyBytes`
 */
export function contiguousTensors(
  tensors: ReadonlyMap<string, TorchTensor>,
  storages: ReadonlyMap<string, Uint8Array>,
  maxCopyBytes: number,
): StateDict {
  let copied = 0;
  const stateDict = new Map<string, StateTensor>();
  for (const [name, tensor] of tensors) {
    const { itemSize } = DTYPES[tensor.dtype];
    const byteLength = elementCount(tensor.shape) * itemSize;
    const source = storages.get(tensor.storageKey) as Uint8Array;
    const contiguous = isContiguous(tensor);
    if (!contiguous) copied += byteLength;
    if (copied > maxCopyBytes) {
      throw new WeightsError(
        'TOO_LARGE',
        `strided tensors up to ${quoted(name)} need ${copied} bytes laid out, expected at most the file's ${maxCopyBytes}`,
      );
    }
    const start = tensor.offset * itemSize;
    const bytes = contiguous
      ? source.subarray(start, start + byteLength)
      : gather(tensor, source, itemSize, byteLength);
    stateDict.set(name, { dtype: tensor.dtype, shape: tensor.shape, bytes });
  }
  return stateDict;
}

/** Strides of axes with one element do not matter, and nothing does when there is no element. */
function isContiguous({ shape, strides }: TorchTensor): boolean {
  if (shape.includes(0)) return true;
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== expected) return false;
    expected *= shape[axis] as number;
  }
  return true;
}

/** Copies element by element, counting the index of each axis like an odometer. */
function gather(
  { offset, shape, strides }: TorchTensor,
  source: Uint8Array,
  itemSize: number,
  byteLength: number,
): Uint8Array {
  const out = new Uint8Array(byteLength);
  const index = shape.map(() => 0);
  let element = offset;
  for (let at = 0; at < byteLength; at += itemSize) {
    for (let byte = 0; byte < itemSize; byte++) out[at + byte] = source[element * itemSize + byte] as number;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const stride = strides[axis] as number;
      index[axis] = (index[axis] as number) + 1;
      element += stride;
      if ((index[axis] as number) < (shape[axis] as number)) break;
      element -= stride * (shape[axis] as number);
      index[axis] = 0;
    }
  }
  return out;
}
