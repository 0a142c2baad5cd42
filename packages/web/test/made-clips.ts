import { crc32, deflateSync } from 'node:zlib';

/** What a made clip is like. */
export interface MadeClip {
  readonly width: number;
  readonly height: number;
  readonly frames: number;
  readonly bitDepth?: 8 | 10;
  /** How coarse its codes are: 1 is the reference. */
  readonly step?: number;
  /** Number of its first frame. */
  readonly first?: number;
}

/**
 * A clip in Y4M, 4:2:0: waves that move, with codes made coarser where it is a rendition. Equal arguments give equal bytes, and a
 * clip that starts later is the end of one that starts earlier.
 */
export function madeClip({ width, height, frames, bitDepth = 8, step = 1, first = 0 }: MadeClip): Uint8Array {
  const chroma = Math.ceil(width / 2) * Math.ceil(height / 2);
  const scale = 2 ** (bitDepth - 8);
  const header = `YUV4MPEG2 W${width} H${height} F25:1 Ip C420${bitDepth === 8 ? 'jpeg' : 'p10'}\n`;
  const parts: Uint8Array[] = [new TextEncoder().encode(header)];
  for (let frame = first; frame < first + frames; frame++) {
    parts.push(new TextEncoder().encode('FRAME\n'));
    const samples = new Uint16Array(width * height + 2 * chroma).fill(128 * scale);
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const wave = 118 + 60 * Math.sin((x + 3 * frame) / 5) + 40 * Math.cos((y - 2 * frame) / 7);
        samples[y * width + x] = Math.round((wave * scale) / step) * step;
      }
    parts.push(bitDepth === 8 ? Uint8Array.from(samples) : new Uint8Array(samples.buffer));
  }
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** The frames of a Y4M clip so many times over. */
export function repeated(clip: Uint8Array, times: number): Uint8Array {
  const header = clip.subarray(0, clip.indexOf(10) + 1);
  const frames = clip.subarray(header.length);
  const bytes = new Uint8Array(header.length + times * frames.length);
  bytes.set(header);
  for (let time = 0; time < times; time++) bytes.set(frames, header.length + time * frames.length);
  return bytes;
}

/** A PNG of R'G'B', 8 bits: colours that wave, with codes made coarser where it is a rendition. */
export function madeImage({ width, height, step = 1 }: Omit<MadeClip, 'frames'>): Uint8Array {
  // each row begins with its filter: none
  const rows = new Uint8Array(height * (1 + 3 * width));
  for (let y = 0, at = 0; y < height; y++) {
    at++;
    for (let x = 0; x < width; x++)
      for (let channel = 0; channel < 3; channel++, at++) {
        const wave = 118 + 60 * Math.sin((x + 9 * channel) / 5) + 40 * Math.cos((y - 5 * channel) / 7);
        rows[at] = Math.round(wave / step) * step;
      }
  }
  const chunk = (name: string, data: Uint8Array): Buffer => {
    const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
    const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    check.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, check]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // 8 bits, R'G'B'
  header.set([8, 2], 8);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
