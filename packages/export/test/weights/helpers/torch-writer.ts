import { concat, u64, type Part } from './bytes.ts';
import {
  call,
  dict,
  emptyOrderedDict,
  globalName,
  integer,
  list,
  OP,
  orderedDict,
  pickle,
  text,
  tuple,
} from './pickle-writer.ts';
import { storedZip, type ZipEntrySource } from './zip-writer.ts';

export interface StorageSource {
  readonly key: string;
  readonly type: string;
  readonly itemSize: number;
  readonly bytes: Uint8Array;
}

export interface TensorSource {
  readonly name: string;
  readonly storage: StorageSource;
  readonly shape: readonly number[];
  readonly strides?: readonly number[];
  readonly offset?: number;
}

export function floatStorage(key: string, bytes: Uint8Array): StorageSource {
  return { key, type: 'FloatStorage', itemSize: 4, bytes };
}

function rowMajor(shape: readonly number[]): number[] {
  return shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
}

/** Persistent id: 5 fields in zip files, 6 in legacy ones. */
export function storageReference(
  { key, type, itemSize, bytes }: StorageSource,
  legacy: boolean,
  view: Part = OP.NONE,
): Uint8Array {
  const fields = [
    text('storage'),
    globalName('torch', type),
    text(key),
    text('cpu'),
    integer(bytes.length / itemSize),
  ];
  return concat(tuple(...fields, ...(legacy ? [view] : [])), OP.BINPERSID);
}

export function rebuiltTensor(
  storage: Part,
  offset: Part,
  shape: readonly Part[],
  strides: readonly Part[],
): Uint8Array {
  return call(
    'torch._utils',
    '_rebuild_tensor_v2',
    storage,
    offset,
    tuple(...shape),
    tuple(...strides),
    OP.NEWFALSE,
    emptyOrderedDict,
  );
}

function tensorPickle(
  { storage, shape, strides = rowMajor(shape), offset = 0 }: TensorSource,
  legacy: boolean,
): Uint8Array {
  return rebuiltTensor(
    storageReference(storage, legacy),
    integer(offset),
    shape.map(integer),
    strides.map(integer),
  );
}

function storagesOf(tensors: readonly TensorSource[]): StorageSource[] {
  return [...new Set(tensors.map(({ storage }) => storage))];
}

/** What torch.save writes since 1.6; `object` replaces the pickled object. */
export function torchZip(tensors: readonly TensorSource[], object?: Part): Uint8Array {
  return storedZip(torchZipEntries(tensors, object));
}

export function torchZipEntries(tensors: readonly TensorSource[], object?: Part): ZipEntrySource[] {
  const stateDict = orderedDict(
    ...tensors.map((tensor) => [tensor.name, tensorPickle(tensor, false)] as const),
  );
  return [
    { name: 'archive/data.pkl', data: pickle(object ?? stateDict) },
    ...storagesOf(tensors).map(({ key, bytes }) => ({ name: `archive/data/${key}`, data: bytes })),
    { name: 'archive/version', data: concat('3\n') },
  ];
}

export interface LegacyParts {
  readonly magic?: Uint8Array;
  readonly protocol?: Uint8Array;
  readonly info?: Uint8Array;
  readonly object?: Uint8Array;
  readonly keys?: Uint8Array;
  readonly storages?: Uint8Array;
}

const LEGACY_MAGIC: Uint8Array = concat(
  OP.LONG1,
  10,
  0x6c,
  0xfc,
  0x9c,
  0x46,
  0xf9,
  0x20,
  0x6a,
  0xa8,
  0x50,
  0x19,
);

/** What torch.save wrote before 1.6; each of the six parts can be replaced (pickles without PROTO and STOP). */
export function torchLegacy(tensors: readonly TensorSource[], parts: LegacyParts = {}): Uint8Array {
  const storages = storagesOf(tensors).sort((a, b) => (a.key < b.key ? -1 : 1));
  const stateDict = orderedDict(
    ...tensors.map((tensor) => [tensor.name, tensorPickle(tensor, true)] as const),
  );
  return concat(
    pickle(parts.magic ?? LEGACY_MAGIC),
    pickle(parts.protocol ?? integer(1001)),
    pickle(parts.info ?? dict(['protocol_version', integer(1001)], ['little_endian', OP.NEWTRUE])),
    pickle(parts.object ?? stateDict),
    pickle(parts.keys ?? list(...storages.map(({ key }) => text(key)))),
    parts.storages ?? storages.map(({ bytes, itemSize }) => [u64(bytes.length / itemSize), bytes]),
  );
}
