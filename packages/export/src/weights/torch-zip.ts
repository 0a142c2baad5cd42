import { ByteReader } from './byte-reader.ts';
import { malformed, quoted, WeightsError } from './errors.ts';
import type { StateDict } from './state-dict.ts';
import { storedZipEntries } from './stored-zip.ts';
import { unpickleTensors } from './torch-pickle.ts';
import { contiguousTensors, type DeclaredStorage } from './torch-storage.ts';

/**
 * Reads what torch.save writes since PyTorch 1.6: a stored zip with one top folder holding `data.pkl` (the object),
 * `data/<key>` (raw storages), `version`, in newer files `byteorder`, and names with a leading dot (the writer's notes).
 *
 * @throws WeightsError UNSUPPORTED (TorchScript, big-endian, zip64, compression), MALFORMED, FORBIDDEN, TOO_LARGE, NOT_A_STATE_DICT
 * @see https://github.com/pytorch/pytorch/blob/v2.9.0/caffe2/serialize/inline_container.h
 */
export function readTorchZip(bytes: Uint8Array): StateDict {
  const entries = withoutTopFolder(storedZipEntries(bytes));
  assertFormat(entries);
  const pickle = entries.get('data.pkl') as Uint8Array;
  const reader = new ByteReader(pickle, 'data.pkl');
  const { tensors, storages } = unpickleTensors(reader, 5);
  if (reader.remaining > 0) throw malformed(`data.pkl has ${reader.remaining} bytes behind its pickle`);
  return contiguousTensors(tensors, storageBytes(entries, storages), bytes.length);
}

function withoutTopFolder(entries: ReadonlyMap<string, Uint8Array>): Map<string, Uint8Array> {
  const [first = ''] = entries.keys();
  const top = first.slice(0, first.indexOf('/') + 1);
  const inside = new Map<string, Uint8Array>();
  for (const [name, data] of entries) {
    if (top === '' || !name.startsWith(top)) {
      throw malformed(`entry ${quoted(name)} is not in the one top folder of a torch file`);
    }
    inside.set(name.slice(top.length), data);
  }
  return inside;
}

function assertFormat(entries: ReadonlyMap<string, Uint8Array>): void {
  for (const name of entries.keys()) {
    if (name === 'constants.pkl' || name.startsWith('code/')) {
      throw new WeightsError(
        'UNSUPPORTED',
        'file is a TorchScript archive, which holds code: save model.state_dict() with torch.save',
      );
    }
    if (!/^(?:data\.pkl|version|byteorder|data\/[^/]+|\..+)$/.test(name)) {
      throw malformed(`entry ${quoted(name)} is not part of a torch file`);
    }
  }
  if (!entries.has('data.pkl')) throw malformed('entry "data.pkl" is missing');
  const version = text(entries.get('version'));
  if (!/^\d{1,2}\n?$/.test(version)) {
    throw malformed(`entry "version" is ${quoted(version)}, expected a small number`);
  }
  const order = entries.has('byteorder') ? text(entries.get('byteorder')) : 'little';
  if (order !== 'little') {
    throw new WeightsError('UNSUPPORTED', `byte order of the file is ${quoted(order)}, expected little`);
  }
}

/** The declared storages and the `data/` entries must be the same set, byte for byte as long. */
function storageBytes(
  entries: ReadonlyMap<string, Uint8Array>,
  storages: ReadonlyMap<string, DeclaredStorage>,
): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  for (const [key, { byteLength }] of storages) {
    const data = entries.get(`data/${key}`);
    if (data?.length !== byteLength) {
      const got = data?.length ?? 'no';
      throw malformed(`entry ${quoted(`data/${key}`)} has ${got} bytes, expected ${byteLength}`);
    }
    found.set(key, data);
  }
  for (const name of entries.keys()) {
    if (name.startsWith('data/') && !found.has(name.slice('data/'.length))) {
      throw malformed(`entry ${quoted(name)} belongs to no tensor`);
    }
  }
  return found;
}

function text(data: Uint8Array | undefined): string {
  return Buffer.from(data ?? []).toString('latin1');
}
