import { VideoError, type RawFormat, type VideoErrorCode } from '@vqforge/media';
import { imageFormatOfFile, openVideo, readImage } from '@vqforge/media/node';
import { stat } from 'node:fs/promises';
import { ScoreError } from './errors.ts';
import type { FeatureRequest, FeatureRows } from './regressor-features.ts';

interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * Features must have been measured on pictures of the size that the reference has: whatever a rendition's own size, both are of
 * that size when they are compared. A log that does not say its size is believed.
 *
 * @param size of the reference, where it is open already
 * @throws ScoreError BAD_INPUT; VideoError of a clip that does not open
 */
export async function assertPictureSize(
  features: readonly FeatureRows[],
  { reference, raw }: Pick<FeatureRequest, 'reference' | 'raw'>,
  size: Size | undefined,
): Promise<void> {
  const sized = features.filter(({ picture }) => picture !== undefined);
  if (reference === undefined || sized.length === 0) return;
  const expected = size ?? (await sizeOf(reference, raw));
  if (expected === undefined) return;
  for (const { path, picture } of sized) {
    const { width, height } = picture as Size;
    if (width !== expected.width || height !== expected.height)
      throw new ScoreError(
        'BAD_INPUT',
        `${path} is of pictures of ${width}×${height}, the reference ${reference} has ${expected.width}×${expected.height}; give the log of these clips`,
      );
  }
}

/** Picture size of a file; undefined for a pipe, whose bytes can be read only once. */
async function sizeOf(path: string, raw: RawFormat | undefined): Promise<Size | undefined> {
  const entry = await stat(path).catch(() => undefined);
  if (entry?.isFile() !== true) return undefined;
  if ((await imageFormatOfFile(path)) !== null) return readImage(path);
  try {
    const video = await openVideo({ path }, raw === undefined ? {} : { raw });
    await video.close();
    return video.format;
  } catch (error) {
    // features are scored without reading clips: what cannot be opened here says nothing against them
    if (error instanceof VideoError && UNKNOWN.has(error.code)) return undefined;
    throw error;
  }
}

const UNKNOWN: ReadonlySet<VideoErrorCode> = new Set(['FFMPEG_MISSING', 'UNKNOWN_FORMAT']);
