import { readPngHeader, readRgbPng, type PngHeader } from './png.ts';

interface Picture {
  /** Pixels of a side; pictures of the dataset are square. */
  readonly side: number;
  /** Interleaved bytes [side, side, 3]. */
  readonly rgb: Uint8Array;
}

/** BAPPS has sides of 256, and a few of 252; patches as they are have 64. */
const SIDES = { min: 64, max: 1024 };

/** Bytes of the largest picture, uncompressed, and some for its chunks. */
export const MAX_PICTURE_BYTES: number = 3 * SIDES.max * SIDES.max + 65_536;

/** Colour types of PNG (table 11.1). */
const COLOUR_TYPES: Readonly<Record<number, string>> = {
  0: 'grey',
  2: 'RGB',
  3: 'palette',
  4: 'grey with alpha',
  6: 'RGB with alpha',
};

/**
 * The pixels of a PNG picture of the dataset: square, 8-bit RGB. Anything else is no picture of BAPPS and is refused,
 * where upstream would convert it silently. Embedded profiles and gamma are ignored, as upstream does.
 *
 * @throws Error with the reason alone; the caller knows the file
 */
export async function readPicture(png: Uint8Array): Promise<Picture> {
  const header = readPngHeader(png);
  const { width, height, bitDepth, colourType } = header;
  if (colourType !== 2 || bitDepth !== 8)
    throw new Error(
      `is a ${bitDepth}-bit ${COLOUR_TYPES[colourType] ?? 'unknown'} picture, expected 8-bit RGB`,
    );
  if (width !== height || width < SIDES.min || width > SIDES.max)
    throw new Error(
      `is ${width}×${height}, expected a square of 256×256 (at least ${SIDES.min}, at most ${SIDES.max})`,
    );
  try {
    const rgb = header.isInterlaced ? await decode(png, header) : readRgbPng(png, header);
    return { side: width, rgb };
  } catch (error) {
    const reason = (error as Error).message.split('\n').join(', ');
    throw new Error(`is a damaged PNG (${reason})`, { cause: error });
  }
}

/** The general decoder, for the rare picture that is interlaced; it takes 0.1 s to load, in each thread. */
async function decode(png: Uint8Array, { width, height }: PngHeader): Promise<Uint8Array> {
  const { default: sharp } = await import('sharp');
  const { data, info } = await sharp(png, { failOn: 'warning', ignoreIcc: true })
    .raw()
    .toBuffer({ resolveWithObject: true });
  if (info.width !== width || info.height !== height || info.channels !== 3)
    throw new Error(`decodes to ${info.width}×${info.height}×${info.channels}`);
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
