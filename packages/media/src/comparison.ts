import { VideoError } from './errors.ts';
import { assertSelection, type FrameSelection, FrameSets, mismatch, sizesOf } from './frame-sets.ts';
import { openVideo, type VideoOptions } from './open-video.ts';
import { scaledVideo } from './scaled-video-process.ts';
import type { VideoReader } from './video-reader.ts';

/** Options of `openComparison`. */
export interface ComparisonOptions extends VideoOptions, FrameSelection {
  /** Path of the reference; '-' is standard input, which one clip may be. */
  readonly reference: string;
  /** Paths of one or more renditions of it. */
  readonly distorted: readonly string[];
  /** Bring renditions that are smaller to the reference's size by ffmpeg's bicubic scaler (default: sizes must be equal). */
  readonly scale?: boolean;
}

/** A reference and its renditions, opened by their paths. */
export type Comparison = FrameSets<VideoReader>;

/**
 * Opens a reference and its renditions, and passes over what is to be skipped.
 *
 * @throws VideoError MISMATCH | INVALID_OPTION | NO_FRAMES, and what openVideo throws
 */
export async function openComparison(options: ComparisonOptions): Promise<Comparison> {
  const paths = [options.reference, ...options.distorted];
  assertSelection(options, options.distorted.length);
  if (paths.filter((path) => path === '-').length > 1)
    throw new VideoError('INVALID_OPTION', 'only one clip can come from standard input');
  const readers: VideoReader[] = [];
  try {
    for (const path of paths) readers.push(await openVideo({ path }, options));
    for (const [at, distorted] of readers.entries())
      readers[at] = await sameSize(readers[0] as VideoReader, distorted, options);
  } catch (error) {
    await Promise.all(readers.map((reader) => reader.close()));
    throw error;
  }
  return FrameSets.of(readers, options);
}

/** The rendition itself, or scaled up. */
async function sameSize(
  reference: VideoReader,
  distorted: VideoReader,
  options: ComparisonOptions,
): Promise<VideoReader> {
  const { width, height } = reference.format;
  const { width: ownWidth, height: ownHeight } = distorted.format;
  if (ownWidth === width && ownHeight === height) return distorted;
  const refused = (remedy: string): VideoError =>
    mismatch(reference, distorted, sizesOf(reference, distorted), remedy);
  if (options.scale !== true) throw refused('scale it to the same size, or ask for it (--scale)');
  if (ownWidth > width || ownHeight > height) throw refused('only smaller ones are scaled');
  return scaledVideo(distorted, { width, height, ffmpeg: options.ffmpeg ?? 'ffmpeg' }, options);
}
