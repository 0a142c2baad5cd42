import { assertFrameSize, type Frame, type FrameFormat, type FrameSource, VideoError } from '@vqforge/media';
import { type ClipFile, readBytes, sizeOf } from './clip-file.ts';

/** Encoded images above this are none that a page could decode. */
const MAX_IMAGE_BYTES = 512 * 2 ** 20;

/**
 * An image as a clip of one frame of R'G'B', 8 bits, decoded by the browser without conversion of its colours.
 *
 * @throws VideoError TOO_LARGE; MALFORMED where the browser does not decode it; UNSUPPORTED for images with transparency
 */
export async function openImage(file: ClipFile): Promise<FrameSource> {
  if (sizeOf(file) > MAX_IMAGE_BYTES)
    throw new VideoError(
      'TOO_LARGE',
      `${file.name} has ${sizeOf(file)} bytes, too many for an image; scale it down`,
    );
  const bitmap = await decode(file);
  const { width, height } = bitmap;
  assertFrameSize(file.name, width, height);
  const data = pixelsOf(file.name, bitmap);
  const format: FrameFormat = {
    width,
    height,
    chroma: 'rgb',
    bitDepth: 8,
    frameRate: null,
    range: 'full',
  };
  let isRead = false;
  return {
    name: file.name,
    container: 'image',
    format,
    decoded: null,
    scaled: null,
    read: async (): Promise<Frame | null> => {
      if (isRead) return null;
      isRead = true;
      return { index: 0, format, data };
    },
    close: async () => undefined,
  };
}

async function decode(file: ClipFile): Promise<ImageBitmap> {
  const blob = file.bytes instanceof Blob ? file.bytes : new Blob([await readBytes(file, 0, sizeOf(file))]);
  try {
    return await createImageBitmap(blob, { colorSpaceConversion: 'none', premultiplyAlpha: 'none' });
  } catch (error) {
    throw new VideoError('MALFORMED', `${file.name} is not decoded by this browser; convert it to PNG`, {
      cause: error,
    });
  }
}

function pixelsOf(name: string, bitmap: ImageBitmap): Uint8Array {
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (context === null) throw new VideoError('UNSUPPORTED', `this browser gives no pixels of ${name}`);
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const { data } = context.getImageData(0, 0, width, height);
  const rgb = new Uint8Array(3 * width * height);
  for (let from = 0, to = 0; from < data.length; from += 4, to += 3) {
    // what a canvas keeps of transparent pixels is not what the file holds
    if (data[from + 3] !== 255)
      throw new VideoError('UNSUPPORTED', `${name} has transparent pixels; save it without transparency`);
    rgb[to] = data[from] as number;
    rgb[to + 1] = data[from + 1] as number;
    rgb[to + 2] = data[from + 2] as number;
  }
  return rgb;
}
