import { ByteReader } from './byte-reader.ts';
import { quoted, WeightsError } from './errors.ts';
import {
  agrees,
  byteLengthOf,
  CENTRAL_HEADER,
  CENTRAL_SIGNATURE,
  END,
  END_SIGNATURE,
  FLAG_DESCRIPTOR,
  FLAG_UTF8,
  malformed,
  readName,
  readRecord,
  STORED,
  unsupported,
  ZIP64_END,
  ZIP64_END_SIGNATURE,
  ZIP64_LOCATOR,
  ZIP64_LOCATOR_SIGNATURE,
} from './zip-records.ts';

export interface CentralEntry {
  readonly name: string;
  readonly flags: number;
  readonly crc: number;
  readonly size: number;
  /** first byte of its local header */
  readonly offset: number;
}

interface ZipDirectory {
  /** in directory order, names unique */
  readonly entries: readonly CentralEntry[];
  /** first byte of the directory, where the last entry must end */
  readonly offset: number;
}

/** Twice the tensors that a pickle of the size that is read can name; each costs the time of four records. */
const MAX_ENTRIES = 10_000;

/** Values of a field whose real value is in a zip64 record. */
const IN_ZIP64_16 = 0xffff;
const IN_ZIP64_32 = 0xffffffff;

/** Finds and reads the central directory, which must be followed by end records only. */
export function readDirectory(bytes: Uint8Array): ZipDirectory {
  const endAt = bytes.length - byteLengthOf(END);
  if (endAt < 0) throw malformed(`has ${bytes.length} bytes, expected at least ${byteLengthOf(END)}`);
  const end = readRecord(new ByteReader(bytes, 'zip end record', endAt), END);
  if (end.signature !== END_SIGNATURE || end.commentLength !== 0) {
    throw malformed('has no end record in its last 22 bytes: cut short, or followed by other bytes');
  }
  const { entries, directorySize: size, directoryOffset: offset } = end;
  if (entries === IN_ZIP64_16 || size === IN_ZIP64_32 || offset === IN_ZIP64_32) {
    throw unsupported('needs zip64, expected less than 4 GiB');
  }
  if (!agrees(end, { disk: 0, directoryDisk: 0, entriesHere: entries })) {
    throw unsupported('is split in volumes');
  }
  if (entries > MAX_ENTRIES) {
    throw new WeightsError('TOO_LARGE', `zip file has ${entries} entries, expected at most ${MAX_ENTRIES}`);
  }
  if (offset + size > endAt) {
    throw malformed(
      `has its directory at bytes ${offset} to ${offset + size}, behind its end record at ${endAt}`,
    );
  }
  if (offset + size < endAt) assertRepeatedZip64(bytes, end, endAt);
  const reader = new ByteReader(bytes, 'zip directory', offset, offset + size);
  return { entries: readEntries(reader, entries), offset };
}

/**
 * torch.save adds a zip64 end record and its locator to small files too. They may stand between directory and end
 * record, and must repeat the end record's numbers.
 */
function assertRepeatedZip64(bytes: Uint8Array, end: Record<keyof typeof END, number>, endAt: number): void {
  const { entries, directorySize, directoryOffset } = end;
  const start = directoryOffset + directorySize;
  if (endAt - start !== byteLengthOf(ZIP64_END) + byteLengthOf(ZIP64_LOCATOR)) {
    throw malformed(`has ${endAt - start} bytes between directory and end record`);
  }
  const reader = new ByteReader(bytes, 'zip64 end record', start);
  const zip64 = readRecord(reader, ZIP64_END);
  const locator = readRecord(reader, ZIP64_LOCATOR);
  const repeated =
    agrees(zip64, { signature: ZIP64_END_SIGNATURE, disk: 0, directoryDisk: 0, entriesHere: entries }) &&
    // the size of a record does not count its first two fields
    agrees(zip64, { entries, directorySize, directoryOffset, recordSize: byteLengthOf(ZIP64_END) - 12 }) &&
    agrees(locator, { signature: ZIP64_LOCATOR_SIGNATURE, endDisk: 0, endOffset: start, disks: 1 });
  if (!repeated) throw unsupported('has a zip64 end record that does not repeat its end record');
}

function readEntries(reader: ByteReader, count: number): CentralEntry[] {
  const entries = new Map<string, CentralEntry>();
  for (let index = 0; index < count; index++) {
    const entry = readCentralEntry(reader);
    if (entries.has(entry.name)) throw malformed(`has two entries named ${quoted(entry.name)}`);
    entries.set(entry.name, entry);
  }
  if (reader.remaining > 0) {
    throw malformed(`directory has ${reader.remaining} bytes behind its ${count} entries`);
  }
  return [...entries.values()];
}

function readCentralEntry(reader: ByteReader): CentralEntry {
  const header = readRecord(reader, CENTRAL_HEADER);
  if (header.signature !== CENTRAL_SIGNATURE) {
    throw malformed('directory entry does not start with its signature');
  }
  const name = readName(reader, header.nameLength, header.extraLength);
  reader.take(header.commentLength);
  const { flags, method, crc, compressedSize, size, offset, disk } = header;
  if (method !== STORED) {
    throw unsupported(
      `entry ${quoted(name)} is compressed by method ${method}, expected stored as torch.save writes it`,
    );
  }
  if ((flags & ~(FLAG_DESCRIPTOR | FLAG_UTF8)) !== 0) {
    throw unsupported(`entry ${quoted(name)} has flags 0x${flags.toString(16)}: encrypted or patched`);
  }
  if (size === IN_ZIP64_32 || offset === IN_ZIP64_32) {
    throw unsupported(`entry ${quoted(name)} needs zip64, expected less than 4 GiB`);
  }
  if (compressedSize !== size || disk !== 0) {
    throw malformed(
      `entry ${quoted(name)} is stored in ${compressedSize} bytes, expected its size of ${size}`,
    );
  }
  return { name, flags, crc, size, offset };
}
