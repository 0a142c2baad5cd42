import type { Attack } from './attack.ts';
import { concat, f32, repeat, u16, u64 } from './bytes.ts';
import { dict, integer, list, OP, orderedDict, text, tuple } from './pickle-writer.ts';
import {
  floatStorage,
  rebuiltTensor,
  storageReference,
  torchLegacy,
  torchZip,
  torchZipEntries,
  type TensorSource,
} from './torch-writer.ts';
import { storedZip, zip64End, type ZipEntrySource, type ZipOptions } from './zip-writer.ts';

const storage = floatStorage('0', f32(1, 2, 3, 4));
const tensors: readonly TensorSource[] = [{ name: 'w', storage, shape: [4] }];
const [pickleEntry, dataEntry, versionEntry] = torchZipEntries(tensors) as [
  ZipEntrySource,
  ZipEntrySource,
  ZipEntrySource,
];

/** The honest file with its storage entry changed. */
function withData(change: Partial<ZipEntrySource>): Uint8Array {
  return storedZip([pickleEntry, { ...dataEntry, ...change }, versionEntry]);
}

function withMore(...more: readonly ZipEntrySource[]): Uint8Array {
  return storedZip([pickleEntry, dataEntry, versionEntry, ...more]);
}

function withOptions(options: ZipOptions): Uint8Array {
  return storedZip([pickleEntry, dataEntry, versionEntry], options);
}

export function hostileZips(): Attack[] {
  const empty = new Uint8Array();
  const malformed: Readonly<Record<string, Uint8Array>> = {
    'two entries of one name': withMore({ ...dataEntry, data: f32(9, 9, 9, 9) }),
    'two entries at one place': withData({ offset: 0 }),
    'entry that starts inside another': withData({ offset: 40 }),
    'entry that starts in the directory': withData({ offset: 2 ** 31 }),
    'entry longer than its space': withData({ size: 64 }),
    'entry shorter than its space': withData({ size: 8 }),
    'entry of 4 GiB': withData({ size: 0xfffffffe }),
    'stored entry with two sizes': withData({ compressedSize: 12 }),
    'wrong checksum': withData({ crc: 0 }),
    'hole between entries': withData({ gap: repeat(0, 4) }),
    'local name that differs': withData({ localName: 'archive/data/1' }),
    'descriptor that differs': withData({ descriptor: concat('PK\x07\x08', repeat(0, 12)) }),
    'descriptor without signature': withData({ descriptor: repeat(0, 16) }),
    'descriptor cut short': withData({ descriptor: concat('PK\x07\x08') }),
    'extra field cut short': withData({ extra: concat(u16(0x4246), u16(9)) }),
    'bytes before the first entry': withOptions({ prefix: concat('PK\x07\x08') }),
    'bytes behind the end': withOptions({ trailer: Uint8Array.of(0) }),
    'a second zip behind the end': withOptions({ trailer: storedZip([]) }),
    'a comment': withOptions({ end: { commentLength: 3 }, trailer: concat('abc') }),
    'bytes before the end record': withOptions({ beforeEnd: () => repeat(0, 7) }),
    'fewer entries than stated': withOptions({ end: { count: 9 } }),
    'more entries than stated': withOptions({ end: { count: 2 } }),
    'directory of 4 GiB': withOptions({ end: { size: 0xfffffffe } }),
    'directory past the end': withOptions({ end: { offset: 0x7fffffff } }),
    'count of 9,999': withOptions({ end: { count: 9_999 } }),
    'empty zip': storedZip([]),
    'end record alone, cut': concat('PK\x05\x06', repeat(0, 10)),
    'no data.pkl': storedZip([dataEntry, versionEntry]),
    'no version': storedZip([pickleEntry, dataEntry]),
    'no storage': storedZip([pickleEntry, versionEntry]),
    'storage of another size': withData({ data: f32(1, 2, 3) }),
    'storage of no tensor': withMore({ name: 'archive/data/1', data: f32(1) }),
    'bytes behind the pickle': storedZip([
      { ...pickleEntry, data: concat(pickleEntry.data, 0) },
      dataEntry,
      versionEntry,
    ]),
    'version that is not a number': storedZip([
      pickleEntry,
      dataEntry,
      { ...versionEntry, data: concat('three') },
    ]),
    'two top folders': withMore({ name: 'other/data/0', data: empty }),
    'no top folder': storedZip([{ ...pickleEntry, name: 'data.pkl' }]),
    'unknown entry': withMore({ name: 'archive/extra.bin', data: empty }),
    'folder entry': withMore({ name: 'archive/data/', data: empty }),
  };
  const numbers = Array.from({ length: 20_000 }, (_, index) => index);
  const many = withMore(...numbers.map((index) => ({ name: `archive/data/x${index}`, data: empty })));
  const unsafeNames = [
    '../evil',
    'archive/../evil',
    '/etc/passwd',
    'archive//x',
    'archive\\x',
    'archive/./x',
    'a\x00b',
    'archive/\xff',
    '..',
    'a'.repeat(600),
  ];
  const unsupported: Readonly<Record<string, Uint8Array>> = {
    'deflated entry': withData({ method: 8 }),
    'entry of unknown method': withData({ method: 99 }),
    'encrypted entry': withData({ flags: 1 }),
    'strongly encrypted entry': withData({ flags: 0x41 }),
    'zip64 size': withData({ size: 0xffffffff }),
    'zip64 offset': withData({ offset: 0xffffffff }),
    'zip64 field in the directory': withData({ extra: concat(u16(1), u16(8), u64(16)) }),
    'zip64 field in the local header': withData({ localExtra: concat(u16(1), u16(8), u64(16)) }),
    'zip64 count': withOptions({ end: { count: 0xffff } }),
    'zip64 directory offset': withOptions({ end: { offset: 0xffffffff }, beforeEnd: zip64End }),
    'zip64 end record with another count': withOptions({
      beforeEnd: (found) => zip64End({ ...found, count: 1 }),
    }),
    'zip64 end record with another offset': withOptions({
      beforeEnd: (found) => zip64End({ ...found, offset: 0 }),
    }),
    'several volumes': withOptions({ end: { disk: 1 } }),
    'another count on this volume': withOptions({ end: { countHere: 1 } }),
    'TorchScript archive': withMore({ name: 'archive/constants.pkl', data: empty }),
    'TorchScript code': withMore({ name: 'archive/code/__torch__.py', data: concat('import os') }),
    'big-endian file': withMore({ name: 'archive/byteorder', data: concat('big') }),
  };
  return [
    ...attacks(malformed, 'MALFORMED'),
    ...unsafeNames.map((name): Attack => ({
      name: `name ${JSON.stringify(name.slice(0, 20))}`,
      bytes: withMore({ name, data: empty }),
      code: 'MALFORMED',
    })),
    ...attacks(unsupported, 'UNSUPPORTED'),
    ...attacks(
      { 'count of 65,534': withOptions({ end: { count: 0xfffe } }), '20,000 entries': many },
      'TOO_LARGE',
    ),
  ];
}

export function hostileLegacyFiles(): Attack[] {
  const honest = torchLegacy(tensors);
  const viewed = (key: Uint8Array | number, offset: number, size: number): Uint8Array => {
    const reference = storageReference(storage, true, tuple(key, integer(offset), integer(size)));
    return torchLegacy(tensors, {
      object: orderedDict(['w', rebuiltTensor(reference, integer(0), [integer(4)], [integer(1)])]),
    });
  };
  const malformed: Readonly<Record<string, Uint8Array>> = {
    'another magic number': torchLegacy(tensors, { magic: integer(1) }),
    'system info that is a list': torchLegacy(tensors, { info: list() }),
    'storage keys that are a dict': torchLegacy(tensors, { keys: dict() }),
    'storage key that is a number': torchLegacy(tensors, { keys: list(integer(0)) }),
    'storage key twice': torchLegacy(tensors, { keys: list(text('0'), text('0')) }),
    'storage key of no tensor': torchLegacy(tensors, { keys: list(text('1')) }),
    'no storage keys': torchLegacy(tensors, { keys: list() }),
    'another count of elements': torchLegacy(tensors, { storages: concat(u64(3), f32(1, 2, 3)) }),
    '2^63 elements': torchLegacy(tensors, { storages: concat(u64(1n << 63n), f32(1, 2, 3, 4)) }),
    '2^52 elements': torchLegacy(tensors, { storages: concat(u64(2 ** 52), f32(1, 2, 3, 4)) }),
    'bytes behind the last storage': concat(honest, 0),
    'one byte short': honest.subarray(0, -1),
    'no storages': torchLegacy(tensors, { storages: new Uint8Array() }),
    'view past the end': viewed(text('v'), 1, 4),
    'view too short for its tensor': viewed(text('v'), 0, 3),
    'view without key': viewed(OP.NONE, 0, 4),
  };
  const unsupported: Readonly<Record<string, Uint8Array>> = {
    'protocol 1000': torchLegacy(tensors, { protocol: integer(1000) }),
    'protocol that is a dict': torchLegacy(tensors, { protocol: dict() }),
    'big-endian machine': torchLegacy(tensors, { info: dict(['little_endian', OP.NEWFALSE]) }),
    'no byte order': torchLegacy(tensors, { info: dict() }),
  };
  return [...attacks(malformed, 'MALFORMED'), ...attacks(unsupported, 'UNSUPPORTED')];
}

export function otherFiles(): Attack[] {
  const tar = repeat(0, 1024);
  tar.set(Buffer.from('sys_info'));
  tar.set(Buffer.from('ustar\0'), 257);
  const pickleStart = torchZip(tensors).subarray(0, 40);
  return [
    { name: 'tar', bytes: tar, code: 'UNSUPPORTED', says: 'tar' },
    { name: 'gzip', bytes: Uint8Array.of(0x1f, 0x8b, 8, 0), code: 'UNSUPPORTED', says: 'gzip' },
    { name: 'empty file', bytes: new Uint8Array(), code: 'UNKNOWN_CONTAINER' },
    { name: 'one byte', bytes: Uint8Array.of(0), code: 'UNKNOWN_CONTAINER' },
    {
      name: 'error page',
      bytes: concat('<html><body>404</body></html>'),
      code: 'UNKNOWN_CONTAINER',
      says: '<html>',
    },
    {
      name: 'git lfs pointer',
      bytes: concat('version https://git-lfs.github.com/spec/v1\n'),
      code: 'UNKNOWN_CONTAINER',
    },
    {
      name: 'script in front of a zip',
      bytes: withOptions({ prefix: concat('#!/bin/sh\n') }),
      code: 'UNKNOWN_CONTAINER',
    },
    { name: 'start of a zip', bytes: pickleStart, code: 'MALFORMED' },
    { name: 'PROTO alone', bytes: Uint8Array.of(0x80), code: 'MALFORMED' },
  ];
}

function attacks(files: Readonly<Record<string, Uint8Array>>, code: Attack['code']): Attack[] {
  return Object.entries(files).map(([name, bytes]) => ({ name, bytes, code }));
}
