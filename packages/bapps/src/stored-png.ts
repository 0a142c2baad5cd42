import { crc32 } from 'node:zlib';

/**
 * A PNG of 8-bit RGB pixels, not compressed: its bytes are the same on every machine, which those of a compressor are
 * not.
 *
 * @param rgb interleaved bytes [height, width, 3]
 * @see https://www.w3.org/TR/png-3/
 */
export function storedPng(rgb: Uint8Array, width: number, height: number): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8; // bits
  header[9] = 2; // RGB
  const lines = Buffer.alloc(height * (1 + 3 * width)); // each begins with its filter: 0, none
  for (let y = 0; y < height; y++) {
    lines.set(rgb.subarray(3 * width * y, 3 * width * (y + 1)), y * (1 + 3 * width) + 1);
  }
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('IDAT', storedZlib(lines)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');

function chunk(name: string, data: Uint8Array): Buffer {
  const bytes = Buffer.alloc(12 + data.length);
  bytes.writeUInt32BE(data.length, 0);
  bytes.write(name, 4, 'latin1');
  bytes.set(data, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + data.length)), 8 + data.length);
  return bytes;
}

/** The longest stored block of deflate (RFC 1951, 3.2.4). */
const MOST_STORED = 65_535;

/** A zlib stream of stored blocks (RFC 1950). A library would choose where they end, each version as it likes. */
function storedZlib(data: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [Uint8Array.of(0x78, 0x01)];
  for (let at = 0; at < data.length; at += MOST_STORED) {
    const block = data.subarray(at, at + MOST_STORED);
    const head = Buffer.alloc(5);
    head[0] = at + MOST_STORED >= data.length ? 1 : 0; // the last one
    head.writeUInt16LE(block.length, 1);
    head.writeUInt16LE(MOST_STORED - block.length, 3);
    parts.push(head, block);
  }
  let [a, b] = [1, 0]; // Adler-32
  for (const byte of data) {
    a = (a + byte) % 65_521;
    b = (b + a) % 65_521;
  }
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(b * 65_536 + a);
  return Buffer.concat([...parts, checksum]);
}
