import { crc32 } from 'node:zlib';
import { concat, u16, u32, u64, type Part } from './bytes.ts';

export interface ZipEntrySource {
  readonly name: string;
  /** the name in the local header, where an attack lets it differ */
  readonly localName?: string;
  readonly data: Uint8Array;
  readonly method?: number;
  readonly flags?: number;
  readonly crc?: number;
  readonly extra?: Uint8Array;
  readonly localExtra?: Uint8Array;
  readonly comment?: string;
  /** sizes as the headers state them */
  readonly size?: number;
  readonly compressedSize?: number;
  /** where the directory says the entry starts */
  readonly offset?: number;
  /** bytes between this entry and the next */
  readonly gap?: Uint8Array;
  /** sizes behind the data, as torch.save writes; 'wide' with 64-bit sizes */
  readonly descriptor?: 'narrow' | 'wide' | Uint8Array;
}

export interface ZipOptions {
  readonly prefix?: Uint8Array;
  /** between directory and end record */
  readonly beforeEnd?: (directory: { count: number; size: number; offset: number }) => Uint8Array;
  readonly end?: Partial<
    Record<'disk' | 'countHere' | 'count' | 'size' | 'offset' | 'commentLength', number>
  >;
  readonly trailer?: Uint8Array;
}

const FLAG_DESCRIPTOR = 0x0008;

/** A zip file that follows its entries' wishes, honest where they have none. */
export function storedZip(entries: readonly ZipEntrySource[], options: ZipOptions = {}): Uint8Array {
  const body: Part[] = [options.prefix ?? []];
  const central: Part[] = [];
  let position = concat(...body).length;
  for (const entry of entries) {
    const local = localPart(entry);
    central.push(centralPart(entry, entry.offset ?? position));
    body.push(local);
    position += local.length;
  }
  const directory = concat(...central);
  const found = { count: entries.length, size: directory.length, offset: position };
  return concat(
    body,
    directory,
    options.beforeEnd?.(found) ?? [],
    endPart(found, options),
    options.trailer ?? [],
  );
}

/** The zip64 end record and locator that torch.save adds; `count` can contradict the end record. */
export function zip64End({
  count,
  size,
  offset,
}: {
  count: number;
  size: number;
  offset: number;
}): Uint8Array {
  return concat(
    [
      u32(0x06064b50),
      u64(44),
      u16(0),
      u16(0),
      u32(0),
      u32(0),
      u64(count),
      u64(count),
      u64(size),
      u64(offset),
    ],
    [u32(0x07064b50), u32(0), u64(offset + size), u32(1)],
  );
}

function stated(entry: ZipEntrySource): {
  flags: number;
  method: number;
  crc: number;
  size: number;
  compressedSize: number;
} {
  const { data, method = 0, size = data.length } = entry;
  const described = entry.descriptor === undefined ? 0 : FLAG_DESCRIPTOR;
  return {
    flags: entry.flags ?? described,
    method,
    crc: entry.crc ?? crc32(data),
    size,
    compressedSize: entry.compressedSize ?? size,
  };
}

function localPart(entry: ZipEntrySource): Uint8Array {
  const { flags, method, crc, size, compressedSize } = stated(entry);
  const name = Buffer.from(entry.localName ?? entry.name, 'latin1');
  const extra = entry.localExtra ?? new Uint8Array();
  const deferred = entry.descriptor !== undefined;
  return concat(
    [u32(0x04034b50), u16(0), u16(flags), u16(method), u32(0)],
    deferred ? [u32(0), u32(0), u32(0)] : [u32(crc), u32(compressedSize), u32(size)],
    [u16(name.length), u16(extra.length), name, extra, entry.data],
    descriptorPart(entry, crc, size),
    entry.gap ?? [],
  );
}

function descriptorPart({ descriptor }: ZipEntrySource, crc: number, size: number): Part {
  if (descriptor === undefined) return [];
  if (descriptor instanceof Uint8Array) return descriptor;
  const width = descriptor === 'wide' ? u64 : u32;
  return [u32(0x08074b50), u32(crc), width(size), width(size)];
}

function centralPart(entry: ZipEntrySource, offset: number): Uint8Array {
  const { flags, method, crc, size, compressedSize } = stated(entry);
  const name = Buffer.from(entry.name, 'latin1');
  const [extra, comment] = [entry.extra ?? new Uint8Array(), Buffer.from(entry.comment ?? '', 'latin1')];
  return concat(
    [
      u32(0x02014b50),
      u16(0),
      u16(0),
      u16(flags),
      u16(method),
      u32(0),
      u32(crc),
      u32(compressedSize),
      u32(size),
    ],
    [u16(name.length), u16(extra.length), u16(comment.length), u16(0), u16(0), u32(0), u32(offset)],
    [name, extra, comment],
  );
}

function endPart(
  found: { count: number; size: number; offset: number },
  { end = {} }: ZipOptions,
): Uint8Array {
  const {
    disk = 0,
    count = found.count,
    countHere = count,
    size = found.size,
    offset = found.offset,
    commentLength = 0,
  } = end;
  return concat([
    u32(0x06054b50),
    u16(disk),
    u16(0),
    u16(countHere),
    u16(count),
    u32(size),
    u32(offset),
    u16(commentLength),
  ]);
}
