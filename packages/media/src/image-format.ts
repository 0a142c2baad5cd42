import { latin1 } from './latin1.ts';

/** Image formats that are read. */
export type ImageFormat = 'png' | 'jpeg' | 'webp' | 'tiff' | 'avif';

/** Bytes enough to tell the formats apart. */
export const IMAGE_MAGIC_BYTES = 32;

/** How files of each format start, read as Latin-1. */
const STARTS: readonly (readonly [ImageFormat, (start: string) => boolean])[] = [
  ['png', (start) => start.startsWith('\x89PNG\r\n\x1a\n')],
  ['jpeg', (start) => start.startsWith('\xff\xd8\xff')],
  ['webp', (start) => start.startsWith('RIFF') && start.startsWith('WEBP', 8)],
  // classic TIFF and BigTIFF, in either byte order
  ['tiff', (start) => ['II*\0', 'II+\0', 'MM\0*', 'MM\0+'].includes(start.slice(0, 4))],
  // the brands in the first box of the file
  ['avif', (start) => start.startsWith('ftyp', 4) && start.includes('avif', 8)],
];

/** Which image format a file's first bytes belong to, null for none that is read here. */
export function imageFormat(bytes: Uint8Array): ImageFormat | null {
  const start = latin1(bytes.subarray(0, IMAGE_MAGIC_BYTES));
  return STARTS.find(([, isStart]) => isStart(start))?.[0] ?? null;
}
