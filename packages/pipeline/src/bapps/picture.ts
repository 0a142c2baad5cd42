import sharp from 'sharp';

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

/** Colour types of PNG (ISO/IEC 15948, table 11.1). */
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
  const side = checkHeader(png);
  const { data, info } = await sharp(png, {
    failOn: 'warning',
    ignoreIcc: true,
    limitInputPixels: SIDES.max ** 2,
  })
    .raw()
    .toBuffer({ resolveWithObject: true })
    .catch((error: unknown) => {
      throw new Error(`is a damaged PNG (${(error as Error).message.split('\n').join(', ')})`, {
        cause: error,
      });
    });
  // the header was right, so the decoder says the same
  if (info.width !== side || info.height !== side || info.channels !== 3)
    throw new Error(`decodes to ${info.width}×${info.height}×${info.channels}, expected ${side}×${side}×3`);
  return { side, rgb: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}

/** Signature, length and name of the first chunk, IHDR. */
const START = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');

function checkHeader(png: Uint8Array): number {
  const bytes = Buffer.from(png.buffer, png.byteOffset, png.byteLength);
  if (bytes.length < 33 || bytes.compare(START, 0, START.length, 0, START.length) !== 0)
    throw new Error('is not a PNG file');
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  const [depth, colour] = [bytes[24] as number, bytes[25] as number];
  if (colour !== 2 || depth !== 8)
    throw new Error(`is a ${depth}-bit ${COLOUR_TYPES[colour] ?? 'unknown'} picture, expected 8-bit RGB`);
  if (width !== height || width < SIDES.min || width > SIDES.max)
    throw new Error(
      `is ${width}×${height}, expected a square of 256×256 (at least ${SIDES.min}, at most ${SIDES.max})`,
    );
  return width;
}
