import { imageFormat } from '@vqforge/media/images';

/** Kind of an uploaded file by its first bytes; `unknown` may be raw YUV, which says nothing of itself. */
export type FileKind = 'image' | 'y4m' | 'container' | 'unknown';

/**
 * Signatures of files that hold their video within them. Playlists, which name files of the server, and whatever else ffmpeg
 * would guess are not among them.
 */
const CONTAINERS: readonly (readonly [offset: number, signature: string])[] = [
  [4, 'ftyp'], // ISO base media: MP4, MOV
  [0, '\x1a\x45\xdf\xa3'], // EBML: Matroska, WebM
  [0, 'DKIF'], // IVF
  [8, 'AVI '], // RIFF
  [0, 'FLV'],
  [0, '\0\0\0\x01'], // Annex B: H.264, HEVC
  [0, '\0\0\x01'], // the same, and MPEG program streams
];

/** MPEG transport streams begin each packet of 188 bytes so. */
const [PACKET, SYNC] = [188, 0x47];

/**
 * Tells the kind of a file by its first bytes.
 *
 * @param bytes of the whole file, or more than its first packet
 */
export function fileKind(bytes: Uint8Array): FileKind {
  if (imageFormat(bytes) !== null) return 'image';
  if (startsWith(bytes, 0, 'YUV4MPEG2')) return 'y4m';
  const isTransport = bytes[0] === SYNC && bytes[PACKET] === SYNC;
  const isContainer = CONTAINERS.some(([offset, signature]) => startsWith(bytes, offset, signature));
  return isTransport || isContainer ? 'container' : 'unknown';
}

function startsWith(bytes: Uint8Array, offset: number, signature: string): boolean {
  return Array.from(signature).every((character, at) => bytes[offset + at] === character.charCodeAt(0));
}
