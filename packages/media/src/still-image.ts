import { ByteReader } from './byte-reader.ts';
import { rawFraming } from './framing.ts';
import { readImage } from './image-file.ts';
import { imageLuma } from './image-luma.ts';
import { VideoReader, type ReaderOptions } from './video-reader.ts';

/**
 * An image as a clip of one frame: its luma, 4:0:0 of 8 bits and limited range.
 *
 * @throws VideoError as `readImage` does
 */
export async function openStill(path: string, options: ReaderOptions): Promise<VideoReader> {
  const image = await readImage(path);
  const { width, height } = image;
  const bytes = new ByteReader({ chunks: once(imageLuma(image)), close: async () => undefined });
  const format = { width, height, chroma: '400', bitDepth: 8, frameRate: null, range: 'limited' } as const;
  const framing = rawFraming(bytes);
  return new VideoReader({ name: path, container: 'image', format, bytes, framing }, options);
}

async function* once(plane: Uint8Array): AsyncGenerator<Uint8Array, undefined, undefined> {
  yield plane;
}
