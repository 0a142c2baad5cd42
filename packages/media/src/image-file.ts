import { FileError, readBoundedFile, readHead } from '@vqforge/base/node';
import { VideoError } from './errors.ts';
import { MOST_PIXELS } from './frame.ts';
import { imageFormat, IMAGE_MAGIC_BYTES, type ImageFormat } from './image-format.ts';

/** A decoded image. */
export interface Image {
  readonly width: number;
  readonly height: number;
  /** R'G'B' of 8 bits, interleaved [H, W, 3]. */
  readonly rgb: Uint8Array;
  readonly format: ImageFormat;
  /** Facts about the file that `rgb` does not show. */
  readonly source: { readonly channels: number; readonly bits: 8 | 16; readonly alpha: boolean };
}

/** A file larger than uncompressed 16-bit RGBA of the most pixels is no image that could be read. */
const MOST_BYTES = 8 * MOST_PIXELS;

/**
 * Reads a PNG, JPEG, WebP, TIFF or AVIF image as it is stored: grey becomes three equal channels, alpha is dropped
 * without blending, 16 bits are rounded to 8 (v·255/65535, half up), a colour profile is ignored, and the orientation
 * that a camera wrote is applied. What LPIPS's own tools do with cv2.imread, except that it truncates 16 bits.
 *
 * @throws VideoError UNREADABLE | UNKNOWN_FORMAT | UNSUPPORTED (several pages, CMYK, floating point) | TOO_LARGE | MALFORMED
 */
export async function readImage(source: string | Uint8Array): Promise<Image> {
  const name = typeof source === 'string' ? source : 'the image';
  const bytes = typeof source === 'string' ? await readImageFile(source) : source;
  const format = imageFormat(bytes);
  if (format === null)
    throw new VideoError('UNKNOWN_FORMAT', `${name} is not a PNG, JPEG, WebP, TIFF or AVIF image`);
  const { default: sharp } = await import('sharp');
  try {
    const image = sharp(bytes, { limitInputPixels: MOST_PIXELS, ignoreIcc: true, autoOrient: true });
    const { depth, pages = 1, space, channels, hasAlpha, width, height } = await image.metadata();
    if (width * height > MOST_PIXELS)
      throw new VideoError(
        'TOO_LARGE',
        `${name} is ${width}×${height}, the limit is ${MOST_PIXELS} pixels; scale it down`,
      );
    if (pages !== 1) throw unsupported(name, `has ${pages} pages or frames`, 'one; extract one');
    if (space === 'cmyk') throw unsupported(name, 'is CMYK', 'RGB or grey; convert it');
    if (depth !== 'uchar' && depth !== 'ushort')
      throw unsupported(name, `has samples of type ${depth}`, '8 or 16 bits; convert it');
    const wide = depth === 'ushort';
    const { data, info } = await image
      .removeAlpha()
      .toColourspace(wide ? 'rgb16' : 'srgb')
      .raw({ depth })
      .toBuffer({ resolveWithObject: true });
    return {
      width: info.width,
      height: info.height,
      rgb: wide ? toEightBits(data) : new Uint8Array(data.buffer, data.byteOffset, data.length),
      format,
      source: { channels, bits: wide ? 16 : 8, alpha: hasAlpha },
    };
  } catch (error) {
    if (error instanceof VideoError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    const code = /pixel limit/i.test(reason) ? 'TOO_LARGE' : 'MALFORMED';
    throw new VideoError(code, `${name} cannot be decoded: ${reason}`, { cause: error });
  }
}

/**
 * Which image format a file is, null when it is none; for telling images from video before either is opened.
 *
 * @throws VideoError UNREADABLE
 */
export async function imageFormatOfFile(path: string): Promise<ImageFormat | null> {
  const head = await readHead(path, IMAGE_MAGIC_BYTES).catch((cause: Error) => {
    throw new VideoError('UNREADABLE', `${path} cannot be read: ${cause.message}`, { cause });
  });
  return imageFormat(head);
}

async function readImageFile(path: string): Promise<Uint8Array> {
  const bytes = await readBoundedFile(path, MOST_BYTES).catch((error: unknown) => {
    if (!(error instanceof FileError)) throw error;
    if (error.code === 'TOO_LARGE')
      throw new VideoError('TOO_LARGE', `${error.message} of an image`, { cause: error });
    throw new VideoError('UNREADABLE', error.message, { cause: error });
  });
  if (bytes === null) throw new VideoError('UNREADABLE', `${path} cannot be read: it does not exist`);
  return bytes;
}

function toEightBits(data: Buffer): Uint8Array {
  const wide = new Uint16Array(data.buffer, data.byteOffset, data.length / 2);
  const rounded = new Uint8Array(wide.length);
  // Uint8Array.from with a function takes a hundred times as long
  for (let i = 0; i < wide.length; i++) rounded[i] = Math.floor(((wide[i] as number) * 255) / 65_535 + 0.5);
  return rounded;
}

function unsupported(name: string, what: string, expected: string): VideoError {
  return new VideoError('UNSUPPORTED', `${name} ${what}, expected ${expected}`);
}
