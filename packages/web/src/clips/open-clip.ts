import { openStream, scaledSource, VideoError, type FrameSource, type StreamOptions } from '@vqforge/media';
import { type ClipSource, partsOf } from './clip-file.ts';
import { kindOf } from './clip-kind.ts';
import { openImage } from './image-clip.ts';

/** How a clip is read. */
type ClipOptions = Pick<StreamOptions, 'planes' | 'allocate'>;

/** An opened clip; where its container says so, with the seconds at which its frames are shown. */
export interface OpenedClip extends FrameSource {
  readonly times?: readonly number[];
}

/**
 * Opens a clip for reading from its first frame.
 *
 * @throws VideoError as `openStream`; UNKNOWN_FORMAT with what to do instead
 */
export async function openClip(clip: ClipSource, options: ClipOptions = {}): Promise<OpenedClip> {
  const { size } = clip;
  if (size === undefined) return openInItsSize(clip, options);
  const source = await openInItsSize(clip, options.planes === undefined ? {} : { planes: options.planes });
  const { width, height } = source.format;
  return width === size.width && height === size.height ? source : scaledSource(source, size, options);
}

async function openInItsSize({ file, raw }: ClipSource, options: ClipOptions): Promise<OpenedClip> {
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
