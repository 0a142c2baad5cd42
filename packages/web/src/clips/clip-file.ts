import type { RawFormat } from '@vqforge/media';

/** Bytes that the local command serves, read in parts. */
interface ServedBytes {
  readonly url: string;
  readonly size: number;
}

/** A file that was given to the page: dropped, chosen, or served by the local command. It crosses to workers by cloning. */
export interface ClipFile {
  readonly name: string;
  readonly bytes: Blob | ServedBytes;
}

/** A file as a comparison reads it. */
export interface ClipSource {
  readonly file: ClipFile;
  /** What it holds, where it is raw YUV. */
  readonly raw?: RawFormat | undefined;
  /** Size that its frames are scaled to; their own by default. */
  readonly size?: PictureSize | undefined;
}

/** Columns and rows. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** Whether pictures of one size can be scaled up to another. */
export function isSmaller(size: PictureSize, than: PictureSize): boolean {
  const isNoLarger = size.width <= than.width && size.height <= than.height;
  return isNoLarger && (size.width < than.width || size.height < than.height);
}

/** Bytes of a file. */
export function sizeOf({ bytes }: ClipFile): number {
  return bytes.size;
}

/**
 * The bytes from `start` to before `end`, fewer at the end of the file.
 *
 * @throws Error where the file has gone or changed since it was given
 */
export async function readBytes(
  { name, bytes }: ClipFile,
  start: number,
  end: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const last = Math.min(end, bytes.size);
  if (start >= last) return new Uint8Array(0);
  if (bytes instanceof Blob) return new Uint8Array(await bytes.slice(start, last).arrayBuffer());
  const response = await fetch(bytes.url, { headers: { range: `bytes=${start}-${last - 1}` } });
  if (response.status !== 206) throw new Error(`${name} is not served in parts: status ${response.status}`);
  const part = new Uint8Array(await response.arrayBuffer());
  if (part.length !== last - start) throw new Error(`${name} has changed while it was read`);
  return part;
}

/** A 1080p frame of 8 bits is one part; a read costs as much as a message to another process. */
const PART_BYTES = 4 * 2 ** 20;

/** The bytes from `start` on, in parts, of which one is read ahead. */
export async function* partsOf(
  file: ClipFile,
  start: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  const read = (at: number): Promise<Uint8Array<ArrayBuffer>> => {
    const part = readBytes(file, at, at + PART_BYTES);
    // met when its turn comes
    part.catch(() => undefined);
    return part;
  };
  let next = read(start);
  for (let at = start; at < sizeOf(file); at += PART_BYTES) {
    const part = await next;
    next = read(at + PART_BYTES);
    yield part;
  }
}
