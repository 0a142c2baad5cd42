import type { ByteReader } from './byte-reader.ts';
import { TORCH_STORAGES, type Dtype } from './dtype.ts';
import { malformed, quoted, WeightsError } from './errors.ts';
import {
  describe,
  PickleObject,
  PickleTuple,
  setUnique,
  type PickleHost,
  type PickleValue,
} from './pickle-machine.ts';
import { unpickle } from './pickle.ts';
import { MAX_RANK } from './state-dict.ts';
import { declareStorage, isCount, TorchStorage, type DeclaredStorage } from './torch-storage.ts';

/** A tensor as PyTorch pickles it: element (i, j, …) is storage[offset + i·strides[0] + j·strides[1] + …]. */
export class TorchTensor extends PickleObject {
  readonly kind = 'a tensor';
  readonly storageKey: string;
  readonly dtype: Dtype;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];

  constructor(storage: TorchStorage, offset: number, shape: readonly number[], strides: readonly number[]) {
    super();
    this.storageKey = storage.key;
    this.dtype = storage.dtype;
    this.offset = storage.start + offset;
    this.shape = shape;
    this.strides = strides;
  }
}

interface TorchObject {
  readonly tensors: ReadonlyMap<string, TorchTensor>;
  readonly storages: ReadonlyMap<string, DeclaredStorage>;
}

/**
 * Reads the pickle of a state dict: an OrderedDict or dict of names to tensors or parameters.
 *
 * @param persistentIdLength 5 in zip files; 6 in legacy files, where the last field describes a storage view
 * @throws WeightsError FORBIDDEN, MALFORMED, TOO_LARGE, NOT_A_STATE_DICT
 * @see https://github.com/pytorch/pytorch/blob/v2.9.0/torch/_utils.py _rebuild_tensor_v2
 */
export function unpickleTensors(reader: ByteReader, persistentIdLength: 5 | 6): TorchObject {
  const storages = new Map<string, DeclaredStorage>();
  const value = unpickle(reader, torchHost(storages, persistentIdLength));
  if (!(value instanceof Map)) {
    throw new WeightsError(
      'NOT_A_STATE_DICT',
      `${reader.what} holds ${describe(value)}, expected a dict of tensors: save model.state_dict()`,
    );
  }
  const tensors = new Map<string, TorchTensor>();
  for (const [name, tensor] of value) {
    if (!(tensor instanceof TorchTensor)) {
      throw new WeightsError(
        'NOT_A_STATE_DICT',
        `entry ${quoted(name)} of ${reader.what} is ${describe(tensor)}, expected a tensor: save model.state_dict() alone`,
      );
    }
    tensors.set(name, tensor);
  }
  return { tensors, storages };
}

function torchHost(storages: Map<string, DeclaredStorage>, persistentIdLength: 5 | 6): PickleHost {
  return {
    globals: new Map([
      ...[...TORCH_STORAGES.keys()].map((name) => [`torch.${name}`, null] as const),
      ['collections.OrderedDict', orderedDict] as const,
      ['torch._utils._rebuild_tensor', rebuildTensor] as const,
      ['torch._utils._rebuild_tensor_v2', rebuildTensorV2] as const,
      ['torch._utils._rebuild_parameter', rebuildParameter] as const,
    ]),
    persistentLoad: (id) => declareStorage(storages, id, persistentIdLength),
    build: ignoreMetadata,
  };
}

/** Python 3 calls OrderedDict() and sets items; Python 2 passed [[key, value], …]. */
function orderedDict(args: readonly PickleValue[]): PickleValue {
  const dict = new Map<string, PickleValue>();
  const [pairs = []] = args;
  if (args.length > 1 || !Array.isArray(pairs)) {
    throw malformed('OrderedDict is not made from a list of pairs');
  }
  for (const pair of pairs) {
    const items = pair instanceof PickleTuple ? pair.items : pair;
    if (!Array.isArray(items) || items.length !== 2) {
      throw malformed('OrderedDict is made from something else than pairs');
    }
    setUnique(dict, items[0] as PickleValue, items[1] as PickleValue);
  }
  return dict;
}

/** A state dict carries {'_metadata': module versions} as an attribute; no tensor depends on it. */
function ignoreMetadata(target: PickleValue, state: PickleValue): void {
  const harmless =
    target instanceof Map && state instanceof Map && state.size === 1 && state.has('_metadata');
  if (!harmless) {
    throw malformed(`state of ${describe(target)} is set, expected only the _metadata of a state dict`);
  }
}

/** (storage, offset, size, stride): PyTorch 0.1 to 0.3, the v0.0 heads of LPIPS. */
function rebuildTensor(args: readonly PickleValue[]): PickleValue {
  if (args.length !== 4) throw malformed(`_rebuild_tensor has ${args.length} arguments, expected 4`);
  const [storage, offset, size, stride] = args as [PickleValue, PickleValue, PickleValue, PickleValue];
  if (!(storage instanceof TorchStorage)) {
    throw malformed(`tensor is built on ${describe(storage)}, expected a torch storage`);
  }
  if (!isCount(offset)) throw malformed('tensor offset is not a count of elements');
  const shape = counts(size, 'size');
  const strides = counts(stride, 'stride');
  if (shape.length !== strides.length) {
    throw malformed(`tensor has ${shape.length} sizes and ${strides.length} strides`);
  }
  assertInside(storage, offset, shape, strides);
  return new TorchTensor(storage, offset, shape, strides);
}

/** (storage, offset, size, stride, requires_grad, hooks). A seventh argument would change the values (conj, neg). */
function rebuildTensorV2(args: readonly PickleValue[]): PickleValue {
  if (args.length !== 6) throw malformed(`_rebuild_tensor_v2 has ${args.length} arguments, expected 6`);
  assertNoHooks(args[4] as PickleValue, args[5] as PickleValue);
  return rebuildTensor(args.slice(0, 4));
}

/** (data, requires_grad, hooks): a parameter is its tensor. */
function rebuildParameter(args: readonly PickleValue[]): PickleValue {
  if (args.length !== 3) throw malformed(`_rebuild_parameter has ${args.length} arguments, expected 3`);
  const [data, requiresGrad, hooks] = args as [PickleValue, PickleValue, PickleValue];
  if (!(data instanceof TorchTensor)) {
    throw malformed(`parameter is built on ${describe(data)}, expected a tensor`);
  }
  assertNoHooks(requiresGrad, hooks);
  return data;
}

function assertNoHooks(requiresGrad: PickleValue, hooks: PickleValue): void {
  if (typeof requiresGrad !== 'boolean') {
    throw malformed(`requires_grad is ${describe(requiresGrad)}, expected a bool`);
  }
  if (hooks !== null && !(hooks instanceof Map && hooks.size === 0)) {
    throw malformed('tensor carries backward hooks');
  }
}

/** The last element must lie in the storage; a tensor without elements may only point at its end. */
function assertInside(
  storage: TorchStorage,
  offset: number,
  shape: readonly number[],
  strides: readonly number[],
): void {
  const empty = shape.includes(0);
  // sizes are at most 2^53, so a sum that leaves exact integers is far outside any storage and stays so
  const last = empty
    ? offset - 1
    : shape.reduce((sum, size, axis) => sum + (size - 1) * (strides[axis] as number), offset);
  if (last >= storage.length) {
    throw malformed(
      `tensor of shape [${shape.join(',')}] reaches element ${last} of storage ${quoted(storage.key)}, which has ${storage.length}`,
    );
  }
}

function counts(value: PickleValue, what: string): number[] {
  if (!(value instanceof PickleTuple)) {
    throw malformed(`tensor ${what} is ${describe(value)}, expected a tuple`);
  }
  if (value.items.length > MAX_RANK) {
    throw malformed(`tensor has ${value.items.length} dimensions, expected at most ${MAX_RANK}`);
  }
  return value.items.map((item) => {
    if (!isCount(item)) throw malformed(`tensor ${what} is not made of counts`);
    return item;
  });
}
