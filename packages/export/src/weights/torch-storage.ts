import { DTYPES, TORCH_STORAGES, type Dtype } from './dtype.ts';
import { WeightsError, malformed, quoted } from './errors.ts';
import { PickleGlobal, PickleObject, PickleTuple, type PickleValue } from './pickle-machine.ts';
import { elementCount, type StateDict, type StateTensor } from './state-dict.ts';
import type { TorchTensor } from './torch-pickle.ts';

/** A storage that the pickle declares; its bytes follow elsewhere in the file. */
export interface DeclaredStorage {
  readonly dtype: Dtype;
  readonly byteLength: number;
}

/** A run of elements of a declared storage. */
export class TorchStorage extends PickleObject {
  readonly kind = 'a torch storage';
  readonly key: string;
  readonly dtype: Dtype;
  readonly start: number;
  readonly length: number;

  constructor(key: string, dtype: Dtype, start: number, length: number) {
    super();
    this.key = key;
    this.dtype = dtype;
    this.start = start;
    this.length = length;
  }
}

/** ('storage', torch.XStorage, key, location, numel[, None | (view key, offset, size)]) */
export function declareStorage(
  storages: Map<string, DeclaredStorage>,
  id: PickleValue,
  idLength: 5 | 6,
): PickleValue {
  const fields = id instanceof PickleTuple ? id.items : [];
  const [tag, type, key, location, numel, view = null] = fields;
  const dtype = storageDtype(type);
  const isTagged = fields.length === idLength && tag === 'storage' && typeof location === 'string';
  if (!isTagged || !dtype || typeof key !== 'string' || !isCount(numel)) {
    throw malformed(
      `storage reference is not a tuple of ${idLength} fields: 'storage', type, key, location, count`,
    );
  }
  const byteLength = numel * DTYPES[dtype].itemSize;
  const known = storages.get(key);
  if (known && (known.dtype !== dtype || known.byteLength !== byteLength)) {
    throw malformed(
      `storage ${quoted(key)} is declared twice, as ${known.dtype} of ${known.byteLength} bytes and ${dtype} of ${byteLength}`,
    );
  }
  storages.set(key, { dtype, byteLength });
  const [start, length] = view === null ? [0, numel] : viewRange(view, key, numel);
  return new TorchStorage(key, dtype, start, length);
}

/** Very old files cut storages into views: (view key, first element, count). */
function viewRange(view: PickleValue, key: string, numel: number): [number, number] {
  const [name, start, length] = view instanceof PickleTuple ? view.items : [];
  if (typeof name !== 'string' || !isCount(start) || !isCount(length)) {
    throw malformed(`view of storage ${quoted(key)} is not a key, an offset and a size`);
  }
  if (start + length > numel) {
    throw malformed(`view of storage ${quoted(key)} ends at element ${start + length} of ${numel}`);
  }
  return [start, length];
}

function storageDtype(type: PickleValue | undefined): Dtype | undefined {
  return type instanceof PickleGlobal ? TORCH_STORAGES.get(type.name.replace(/^torch\./, '')) : undefined;
}

/** A non-negative integer that is exact: every size, stride, offset and count of the format. */
export function isCount(value: PickleValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

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
