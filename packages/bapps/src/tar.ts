/** A file of a tar archive. */
interface TarFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** Everything is in blocks of 512 bytes. */
const BLOCK = 512;

/**
 * The regular files of a tar archive, one after another, as it streams by: ustar, with GNU's and pax's long names.
 * Folders, links and devices are passed over.
 *
 * @param maxBytes the largest file that may be in it
 * @throws Error with the reason alone; the caller knows the archive
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html
 */
export async function* tarFiles(
  archive: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<TarFile, void, undefined> {
  const blocks = new BlockReader(archive);
  let longName: string | undefined;
  for (;;) {
    const header = await blocks.read(BLOCK);
    // two empty blocks end an archive; upstream of them there is no way to know that it is whole
    if (header.every((byte) => byte === 0)) return;
    const { path, size, type } = readHeader(header);
    if (size > maxBytes) throw new Error(`${path} has ${size} bytes, expected at most ${maxBytes}`);
    const bytes = await blocks.read(Math.ceil(size / BLOCK) * BLOCK);
    const content = bytes.subarray(0, size);
    if (type === 'L') longName = text(content);
    else if (type === 'x') longName = paxPath(content) ?? longName;
    else {
      // '0', and an empty type in archives older than ustar
      if (type === '0' || type === '') yield { path: longName ?? path, bytes: content };
      longName = undefined;
    }
  }
}

/** Reads whole pieces from chunks of any length. */
class BlockReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(archive: AsyncIterable<Uint8Array>) {
    this.#chunks = archive[Symbol.asyncIterator]();
  }

  async read(length: number): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    let missing = length;
    for (;;) {
      const piece = this.#rest.subarray(0, missing);
      this.#rest = this.#rest.subarray(piece.length);
      pieces.push(piece);
      missing -= piece.length;
      if (missing === 0) return pieces.length === 1 ? piece : Buffer.concat(pieces);
      const next = await this.#chunks.next();
      if (next.done === true) throw new Error('the archive ends too early');
      this.#rest = next.value;
    }
  }
}

function readHeader(header: Uint8Array): { path: string; size: number; type: string } {
  const field = (start: number, length: number): string => text(header.subarray(start, start + length));
  // the sum of all bytes, those of the checksum itself taken as spaces
  const sum = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0);
  if (octal(field(148, 8)) !== sum) throw new Error('is no tar archive, or a damaged one');
  const prefix = field(257, 5) === 'ustar' ? field(345, 155) : '';
  const name = field(0, 100);
  return {
    path: prefix === '' ? name : `${prefix}/${name}`,
    size: octal(field(124, 12)),
    type: field(156, 1),
  };
}

/** Up to the first zero byte. */
function text(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return Buffer.from(end < 0 ? bytes : bytes.subarray(0, end)).toString('utf8');
}

function octal(digits: string): number {
  const trimmed = digits.trim();
  if (!/^[0-7]+$/.test(trimmed)) throw new Error('is no tar archive, or a damaged one');
  return Number.parseInt(trimmed, 8);
}

/** Records of a pax header are `<length> <key>=<value>\n`. */
function paxPath(header: Uint8Array): string | undefined {
  return /(?:^|\n)\d+ path=([^\n]*)\n/.exec(Buffer.from(header).toString('utf8'))?.[1];
}
