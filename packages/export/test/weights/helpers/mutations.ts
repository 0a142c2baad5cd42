import { concat, f32 } from './bytes.ts';
import { safetensors } from './safetensors-writer.ts';
import {
  floatStorage,
  torchLegacy,
  torchZipEntries,
  type StorageSource,
  type TensorSource,
} from './torch-writer.ts';
import { storedZip, zip64End, type ZipEntrySource } from './zip-writer.ts';

type Random = (limit: number) => number;

/** Numbers that formats trip over. */
const EDGES = [0, 1, 0x7f, 0x80, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];

/** A file to damage: `rebuild` puts damaged inner bytes into an otherwise honest container, checksums included. */
interface Seed {
  readonly inner: Uint8Array;
  readonly rebuild: (inner: Uint8Array) => Uint8Array;
}

/** Endless damaged files, the same for the same random numbers. */
export function* mutants(
  random: Random,
  extraFiles: readonly Uint8Array[] = [],
): Generator<Uint8Array, never> {
  const seeds = [...seedsOf(smallNet()), ...extraFiles.map(whole)];
  for (;;) {
    const { inner, rebuild } = seeds.at(random(seeds.length)) as Seed;
    let damaged = inner;
    for (let count = 1 + random(3); count > 0; count--) damaged = damage(damaged, inner, random);
    yield rebuild(damaged);
  }
}

function whole(file: Uint8Array): Seed {
  return { inner: file, rebuild: (bytes) => bytes };
}

function smallNet(): TensorSource[] {
  const shared = floatStorage('0', f32(1, 2, 3, 4, 5, 6));
  const half: StorageSource = {
    key: '1',
    type: 'HalfStorage',
    itemSize: 2,
    bytes: Uint8Array.of(0, 60, 0, 64),
  };
  return [
    { name: 'features.0.weight', storage: shared, shape: [2, 3] },
    { name: 'features.0.transposed', storage: shared, shape: [3, 2], strides: [1, 3] },
    { name: 'features.0.view', storage: shared, shape: [2], offset: 4 },
    { name: 'lin0.model.1.weight', storage: half, shape: [1, 2, 1, 1] },
  ];
}

function seedsOf(tensors: readonly TensorSource[]): Seed[] {
  const entries = torchZipEntries(tensors).map((entry) => ({ ...entry, descriptor: 'narrow' as const }));
  const [pickleEntry, ...others] = entries as [ZipEntrySource, ...ZipEntrySource[]];
  const zip = (data: Uint8Array): Uint8Array =>
    storedZip([{ ...pickleEntry, data }, ...others], { beforeEnd: zip64End });
  const file = safetensors([
    { name: 'features.0.weight', dtype: 'F32', shape: [2, 3], bytes: f32(1, 2, 3, 4, 5, 6) },
    { name: 'lin0.model.1.weight', dtype: 'F16', shape: [1, 2, 1, 1], bytes: Uint8Array.of(0, 60, 0, 64) },
  ]);
  return [
    whole(zip(pickleEntry.data)),
    whole(torchLegacy(tensors)),
    whole(file),
    { inner: pickleEntry.data, rebuild: zip },
  ];
}

function damage(bytes: Uint8Array, original: Uint8Array, random: Random): Uint8Array {
  const at = random(bytes.length + 1);
  const length = 1 + random(12);
  const edge = EDGES.at(random(EDGES.length)) as number;
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
  switch (random(7)) {
    case 0: // one bit
      return concat(
        before,
        after.map((byte, index) => (index === 0 ? byte ^ (1 << random(8)) : byte)),
      );
    case 1: // one byte
      return concat(before, random(256), after.subarray(1));
    case 2: // a 32-bit number
      return concat(
        before,
        edge & 0xff,
        (edge >>> 8) & 0xff,
        (edge >>> 16) & 0xff,
        edge >>> 24,
        after.subarray(4),
      );
    case 3: // cut off
      return before;
    case 4: // cut out
      return concat(before, after.subarray(length));
    case 5: // repeat
      return concat(before, after.subarray(0, length), after);
    default: {
      // a piece from elsewhere
      const from = random(original.length);
      return concat(before, original.subarray(from, from + length), after.subarray(random(2) * length));
    }
  }
}
