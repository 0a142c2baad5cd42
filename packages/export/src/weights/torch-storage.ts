import { DTYPES, TORCH_STORAGES, type Dtype } from './dtype.ts';
import { malformed, quoted } from './errors.ts';
import { PickleGlobal, PickleObject, PickleTuple, type PickleValue } from './pickle-machine.ts';

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
