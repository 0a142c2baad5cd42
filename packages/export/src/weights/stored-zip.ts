import { crc32 } from 'node:zlib';
import { ByteReader } from './byte-reader.ts';
import { quoted } from './errors.ts';
import {
  agrees,
  DESCRIPTOR,
  DESCRIPTOR_SIGNATURE,
  FLAG_DESCRIPTOR,
  LOCAL_HEADER,
  LOCAL_SIGNATURE,
  malformed,
  readDirectory,
  readName,
  type CentralEntry,
  readRecord,
  STORED,
  WIDE_DESCRIPTOR,
} from './zip.ts';

/**
 * Entries of a zip file whose members are all stored uncompressed, as views of `bytes`. Every byte of the file must
 * belong to exactly one header, member or directory, and every header must agree with the directory, so no two
 * readers can see different files in it.
 *
 * @throws WeightsError UNSUPPORTED for compression, encryption, zip64, volumes; MALFORMED for duplicates, overlaps,
 * holes, trailing bytes, unsafe names, wrong checksums
 */
export function storedZipEntries(bytes: Uint8Array): Map<string, Uint8Array> {
  const directory = readDirectory(bytes);
  const inFileOrder = [...directory.entries].sort((a, b) => a.offset - b.offset);
  const members = new Map<string, Uint8Array>();
  let position = 0;
  inFileOrder.forEach((entry, index) => {
    const { name, offset } = entry;
    if (offset !== position) {
      throw malformed(`entry ${quoted(name)} starts at byte ${offset}, expected ${position}`);
    }
    position = inFileOrder[index + 1]?.offset ?? directory.offset;
    members.set(name, readMember(bytes, entry, position));
  });
  if (position !== directory.offset) {
    throw malformed(`has its directory at ${directory.offset}, expected ${position}`);
  }
  return members;
}

/** The bytes of a member, which with its local header and data descriptor must fill the space up to `next`. */
function readMember(bytes: Uint8Array, entry: CentralEntry, next: number): Uint8Array {
  const { flags, crc, size } = entry;
  const what = `entry ${quoted(entry.name)}`;
  const reader = new ByteReader(bytes, `zip ${what}`, entry.offset, next);
  const header = readRecord(reader, LOCAL_HEADER);
  const name = readName(reader, header.nameLength, header.extraLength);
  const described = { crc, size, compressedSize: size };
  const deferred = flags & FLAG_DESCRIPTOR && agrees(header, { crc: 0, size: 0, compressedSize: 0 });
  const sameHeader =
    name === entry.name && agrees(header, { signature: LOCAL_SIGNATURE, flags, method: STORED });
  if (!sameHeader || !(deferred || agrees(header, described))) {
    throw malformed(`${what} has a local header that says something else than the directory`);
  }
  const data = reader.take(size);
  if (flags & FLAG_DESCRIPTOR) {
    const wide = reader.remaining > 16;
    const descriptor = readRecord(reader, wide ? WIDE_DESCRIPTOR : DESCRIPTOR);
    if (!agrees(descriptor, { signature: DESCRIPTOR_SIGNATURE, ...described })) {
      throw malformed(`${what} has a data descriptor that says something else than the directory`);
    }
  }
  if (reader.remaining > 0) {
    throw malformed(`${what} leaves ${reader.remaining} bytes that belong to no entry`);
  }
  if (crc32(data) !== crc) {
    throw malformed(`${what} has not the checksum that the file states: fetch the file again`);
  }
  return data;
}
