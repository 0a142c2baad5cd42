import { ByteReader } from './byte-reader.ts';
import { WeightsError, quoted } from './errors.ts';

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

type Layout = Readonly<Record<string, 2 | 4 | 8>>;

// Fixed parts of the records, field by field in file order with widths in bytes: APPNOTE.TXT 6.3.10, sections 4.3.7,
// 4.3.9, 4.3.12, 4.3.14 to 4.3.16. https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
export const LOCAL_HEADER = {
  signature: 4,
  versionNeeded: 2,
  flags: 2,
  method: 2,
  modifiedTime: 2,
  modifiedDate: 2,
  crc: 4,
  compressedSize: 4,
  size: 4,
  nameLength: 2,
  extraLength: 2,
} as const;
export const LOCAL_SIGNATURE = 0x04034b50;

export const DESCRIPTOR = { signature: 4, crc: 4, compressedSize: 4, size: 4 } as const;
export const WIDE_DESCRIPTOR = { signature: 4, crc: 4, compressedSize: 8, size: 8 } as const;
export const DESCRIPTOR_SIGNATURE = 0x08074b50;

const CENTRAL_HEADER = {
  signature: 4,
  versionMadeBy: 2,
  versionNeeded: 2,
  flags: 2,
  method: 2,
  modifiedTime: 2,
  modifiedDate: 2,
  crc: 4,
  compressedSize: 4,
  size: 4,
  nameLength: 2,
  extraLength: 2,
  commentLength: 2,
  disk: 2,
  internalAttributes: 2,
  externalAttributes: 4,
  offset: 4,
} as const;
const CENTRAL_SIGNATURE = 0x02014b50;

const END = {
  signature: 4,
  disk: 2,
  directoryDisk: 2,
  entriesHere: 2,
  entries: 2,
  directorySize: 4,
  directoryOffset: 4,
  commentLength: 2,
} as const;
const END_SIGNATURE = 0x06054b50;

const ZIP64_END = {
  signature: 4,
  recordSize: 8,
  versionMadeBy: 2,
  versionNeeded: 2,
  disk: 4,
  directoryDisk: 4,
  entriesHere: 8,
  entries: 8,
  directorySize: 8,
  directoryOffset: 8,
} as const;
const ZIP64_END_SIGNATURE = 0x06064b50;

const ZIP64_LOCATOR = { signature: 4, endDisk: 4, endOffset: 8, disks: 4 } as const;
const ZIP64_LOCATOR_SIGNATURE = 0x07064b50;

export const STORED = 0;
/** sizes and checksum follow the data; torch.save always writes so */
export const FLAG_DESCRIPTOR = 0x0008;
const FLAG_UTF8 = 0x0800;

const ZIP64_EXTRA = 0x0001;
/** A folder name of a file system (255) and a storage key. */
const MAX_NAME_BYTES = 512;

/** Bytes of a record's fixed part. */
function byteLengthOf(layout: Layout): number {
  return Object.values(layout).reduce<number>((sum, width) => sum + width, 0);
}

/** Reads the fields of a record in order. */
export function readRecord<T extends Layout>(reader: ByteReader, layout: T): Record<keyof T, number> {
  const read = { 2: () => reader.u16(), 4: () => reader.u32(), 8: () => reader.u64() };
  const fields = Object.entries(layout).map(([name, width]) => [name, read[width]()]);
  return Object.fromEntries(fields) as Record<keyof T, number>;
}

/** Whether the record has these values in these fields. */
export function agrees<T extends Layout>(
  record: Record<keyof T, number>,
  expected: Partial<Record<keyof T, number>>,
): boolean {
  return Object.entries(expected).every(([field, value]) => record[field] === value);
}

/** Name and extra field: a relative path with forward slashes, no empty, `.` or `..` part, no control character. */
export function readName(reader: ByteReader, nameLength: number, extraLength: number): string {
  if (nameLength > MAX_NAME_BYTES) {
    throw malformed(`has an entry name of ${nameLength} bytes, expected at most ${MAX_NAME_BYTES}`);
  }
  const name = Buffer.from(reader.take(nameLength)).toString('utf8');
  const unsafe = name.split('/').some((part) => part === '' || part === '.' || part === '..');
  // Cc: control characters; U+FFFD: bytes that are not utf-8
  if (unsafe || /[\p{Cc}\\\ufffd]/u.test(name)) {
    throw malformed(`has an entry with the unsafe name ${quoted(name)}`);
  }
  assertNoZip64(reader.take(extraLength), name);
  return name;
}

function assertNoZip64(extra: Uint8Array, name: string): void {
  const reader = new ByteReader(extra, `extra field of zip entry ${quoted(name)}`);
  while (reader.remaining > 0) {
    const id = reader.u16();
    if (id === ZIP64_EXTRA) throw unsupported(`entry ${quoted(name)} needs zip64, expected less than 4 GiB`);
    reader.take(reader.u16());
  }
}

/** The refusal of a file whose bytes contradict the format. */
export function malformed(problem: string): WeightsError {
  return new WeightsError('MALFORMED', `zip file ${problem}`);
}

/** The refusal of a zip file that is none of torch.save's. */
function unsupported(problem: string): WeightsError {
  return new WeightsError('UNSUPPORTED', `zip file ${problem}`);
}
