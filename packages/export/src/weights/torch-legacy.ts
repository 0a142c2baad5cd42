import { ByteReader } from './byte-reader.ts';
import { DTYPES } from './dtype.ts';
import { quoted, WeightsError } from './errors.ts';
import { describe, type PickleHost, type PickleValue } from './pickle-machine.ts';
import { unpickle } from './pickle.ts';
import type { StateDict } from './state-dict.ts';
import { contiguousTensors, type DeclaredStorage } from './torch-storage.ts';
import { unpickleTensors } from './torch-pickle.ts';

/** MAGIC_NUMBER and PROTOCOL_VERSION of https://github.com/pytorch/pytorch/blob/v2.9.0/torch/serialization.py */
const MAGIC = 0x1950a86a20f9469cfc6cn;
const PROTOCOL_VERSION = 1001;

/** Four of the five pickles hold plain values: no name resolves in them. */
const PLAIN_VALUES: PickleHost = { globals: new Map() };

/**
 * Reads what torch.save wrote before PyTorch 1.6: five pickles back to back (magic number, protocol, system
 * info, the object, the storage keys) and then each storage as an int64 count and its elements, up to the end of the file.
 *
 * @throws WeightsError MALFORMED, UNSUPPORTED (big-endian, another protocol), FORBIDDEN, TOO_LARGE, NOT_A_STATE_DICT
 */
export function readTorchLegacy(bytes: Uint8Array): StateDict {
  const reader = new ByteReader(bytes, 'legacy torch file');
  if (unpickle(reader, PLAIN_VALUES) !== MAGIC) {
    throw malformed('does not start with the magic number of torch.save');
  }
  const protocol = unpickle(reader, PLAIN_VALUES);
  if (protocol !== PROTOCOL_VERSION) {
    const got = typeof protocol === 'number' ? protocol : describe(protocol);
    throw unsupported(`has protocol ${got}, expected ${PROTOCOL_VERSION}`);
  }
  assertLittleEndian(unpickle(reader, PLAIN_VALUES));
  const { tensors, storages } = unpickleTensors(reader, 6);
  const keys = unpickle(reader, PLAIN_VALUES);
  const data = readStorages(reader, storageKeys(keys, storages), storages);
  if (reader.remaining > 0) throw malformed(`has ${reader.remaining} bytes behind its last storage`);
  return contiguousTensors(tensors, data, bytes.length);
}

function assertLittleEndian(info: PickleValue): void {
  if (!(info instanceof Map)) throw malformed(`has ${describe(info)} for system info, expected a dict`);
  if (info.get('little_endian') !== true) throw unsupported('was not written on a little-endian machine');
}

/** The list must name exactly the storages that the tensors refer to, each once. */
function storageKeys(keys: PickleValue, storages: ReadonlyMap<string, DeclaredStorage>): string[] {
  if (!Array.isArray(keys)) throw malformed(`has ${describe(keys)} for storage keys, expected a list`);
  const names = new Set(keys);
  if (names.size !== keys.length || names.size !== storages.size) {
    throw malformed(
      `lists ${keys.length} storages, expected the ${storages.size} that its tensors use, each once`,
    );
  }
  return keys.map((key) => {
    if (typeof key !== 'string' || !storages.has(key)) throw malformed('lists a storage that no tensor uses');
    return key;
  });
}

function readStorages(
  reader: ByteReader,
  keys: readonly string[],
  storages: ReadonlyMap<string, DeclaredStorage>,
): Map<string, Uint8Array> {
  const data = new Map<string, Uint8Array>();
  for (const key of keys) {
    const { dtype, byteLength } = storages.get(key) as DeclaredStorage;
    const count = reader.u64();
    if (count * DTYPES[dtype].itemSize !== byteLength) {
      throw malformed(
        `has ${count} elements in storage ${quoted(key)}, expected ${byteLength / DTYPES[dtype].itemSize}`,
      );
    }
    data.set(key, reader.take(byteLength));
  }
  return data;
}

function malformed(problem: string): WeightsError {
  return new WeightsError('MALFORMED', `legacy torch file ${problem}`);
}

function unsupported(problem: string): WeightsError {
  return new WeightsError('UNSUPPORTED', `legacy torch file ${problem}`);
}
