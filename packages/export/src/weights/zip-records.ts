import { ByteReader } from './byte-reader.ts';
import { quoted, WeightsError } from './errors.ts';

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

export const CENTRAL_HEADER = {
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
export const CENTRAL_SIGNATURE = 0x02014b50;

export const END = {
  signature: 4,
  disk: 2,
  directoryDisk: 2,
  entriesHere: 2,
  entries: 2,
  directorySize: 4,
  directoryOffset: 4,
  commentLength: 2,
} as const;
export const END_SIGNATURE = 0x06054b50;

export const ZIP64_END = {
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
export const ZIP64_END_SIGNATURE = 0x06064b50;

export const ZIP64_LOCATOR = { signature: 4, endDisk: 4, endOffset: 8, disks: 4 } as const;
export const ZIP64_LOCATOR_SIGNATURE = 0x07064b50;

export const STORED = 0;
/** sizes and checksum follow the data; torch.save always writes so */
export const FLAG_DESCRIPTOR = 0x0008;
export const FLAG_UTF8 = 0x0800;

const ZIP64_EXTRA = 0x0001;
/** A folder name of a file system (255) and a storage key. */
const MAX_NAME_BYTES = 512;

/** Bytes of a record's fixed part. */
export function byteLengthOf(layout: Layout): number {
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
export function unsupported(problem: string): WeightsError {
  return new WeightsError('UNSUPPORTED', `zip file ${problem}`);
}
