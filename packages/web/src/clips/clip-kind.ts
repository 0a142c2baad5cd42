import { imageFormat } from '@vqforge/media';
import { type ClipFile, readBytes } from './clip-file.ts';

/** The kind of a file, by its first bytes; `unknown` may be raw YUV. */
export type ClipKind = 'y4m' | 'image' | 'container' | 'onnx' | 'json' | 'unknown';

const Y4M = 'YUV4MPEG2';
/** EBML, which WebM and Matroska begin with. */
const EBML = '\x1a\x45\xdf\xa3';
/** Packets of MPEG-TS, each of which begins with the same byte. */
const TS_PACKET = 188;
const TS_SYNC = 0x47;

/**
 * Tells the kind of a file by its first bytes; raw YUV has none that tell it, and is `unknown`.
 *
 * @example await kindOf({ name: 'a.y4m', bytes: new Blob(['YUV4MPEG2 W4 H4\n']) }) // => 'y4m'
 */
export async function kindOf(file: ClipFile): Promise<ClipKind> {
  const bytes = await readBytes(file, 0, TS_PACKET + 1);
  const start = String.fromCharCode(...bytes.subarray(0, 32));
  if (start.startsWith(Y4M)) return 'y4m';
  if (imageFormat(bytes) !== null) return 'image';
  if (bytes[0] === TS_SYNC && bytes[TS_PACKET] === TS_SYNC) return 'container';
  if (start.startsWith(EBML) || /^(ftyp|moov|mdat|free|skip|wide)$/.test(start.slice(4, 8)))
    return 'container';
  if (/\.onnx$/i.test(file.name)) return 'onnx';
  if (/^\s*\{/.test(start)) return 'json';
  return 'unknown';
}
