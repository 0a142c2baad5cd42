import { openStream, VideoError, type FrameSource, type RawFormat, type StreamOptions } from '@vqforge/media';
import { type ClipFile, partsOf } from './clip-file.ts';
import { kindOf } from './clip-kind.ts';
import { openImage } from './image-clip.ts';

/** How a clip is read. */
interface ClipOptions extends Pick<StreamOptions, 'planes' | 'allocate'> {
  /** What raw YUV holds. */
  readonly raw?: RawFormat;
}

/**
 * Opens a clip for reading from its first frame.
 *
 * @throws VideoError as `openStream`; UNKNOWN_FORMAT with what to do instead
 */
export async function openClip(file: ClipFile, { raw, ...options }: ClipOptions): Promise<FrameSource> {
  const kind = await kindOf(file);
  if (kind === 'y4m' || kind === 'unknown') {
    const isRaw = kind === 'unknown';
    if (isRaw && raw === undefined)
      throw new VideoError(
        'UNKNOWN_FORMAT',
        `${file.name} does not say what it holds; if it is raw YUV, fill in its size and format`,
      );
    return openStream(
      { name: file.name, stream: partsOf(file, 0) },
      isRaw && raw !== undefined ? { ...options, raw } : options,
    );
  }
  if (kind === 'image') return openImage(file);
  if (kind === 'container')
    return (await import('./container-clip.ts')).openContainer(file, options.allocate);
  throw new VideoError('UNKNOWN_FORMAT', `${file.name} is no clip that this page reads`);
}
