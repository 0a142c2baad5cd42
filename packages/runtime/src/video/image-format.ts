export type ImageFormat = 'png' | 'jpeg' | 'webp' | 'tiff' | 'avif';

/** Bytes enough to tell the formats apart. */
export const IMAGE_MAGIC_BYTES = 32;

/** Signatures at the start of a file; AVIF is told by the brands in its `ftyp` box. */
const SIGNATURES: readonly (readonly [ImageFormat, RegExp])[] = [
  ['png', /^\x89PNG\r\n\x1a\n/],
  ['jpeg', /^\xff\xd8\xff/],
  ['webp', /^RIFF[^]{4}WEBP/],
  // classic and BigTIFF, either byte order
  ['tiff', /^(II[*+]\0|MM\0[*+])/],
  ['avif', /^[^]{4}ftyp(avif|[^]{4,20}avif)/],
];

/** Which image format a file's first bytes belong to, null for none that is read here. */
export function imageFormat(bytes: Uint8Array): ImageFormat | null {
  const start = Buffer.from(bytes.subarray(0, IMAGE_MAGIC_BYTES)).toString('latin1');
  return SIGNATURES.find(([, signature]) => signature.test(start))?.[0] ?? null;
}
