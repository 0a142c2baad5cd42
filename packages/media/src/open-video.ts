import { decodeWithFfmpeg } from './ffmpeg-process.ts';
import { probeVideo } from './ffprobe-process.ts';
import { assertFrameSize, type ColourTags, type FrameFormat, type Range } from './frame.ts';
import {
  openBytes,
  openingUntilAborted,
  openStream,
  type ByteStream,
  type StreamOptions,
} from './open-stream.ts';
import { decodedFormat } from './pixel-format.ts';
import { assertRawFormat } from './raw-format.ts';
import { openFile } from './video-file.ts';
import { VideoReader } from './video-reader.ts';

/** A path ('-' is standard input), or bytes as they come, such as a Node stream; the name stands in messages. */
export type VideoSource = { readonly path: string } | ByteStream;

/** Options of `openVideo`. */
export interface VideoOptions extends StreamOptions {
  /** The program that decodes everything else (default ffmpeg, found on PATH); ffprobe is looked for beside it. */
  readonly ffmpeg?: string;
  /** RGB of containers stays R'G'B' of 8 bits (default), or becomes Y'CbCr of BT.709, 4:4:4, limited range. */
  readonly rgb?: 'keep' | 'ycbcr';
  /** The file is an image, of which the luma is one frame: Y' of BT.709, limited range (default: a clip). */
  readonly still?: boolean;
}

/**
 * Opens a video for reading frame by frame: Y4M and raw planar YUV are read here, any other file is decoded by ffmpeg.
 * Which of them it is, its first bytes say, not its name. Nothing is read ahead but one chunk.
 *
 * @throws VideoError UNREADABLE | MALFORMED | UNSUPPORTED | UNKNOWN_FORMAT | INVALID_OPTION | TOO_LARGE | FFMPEG_MISSING |
 * DECODE_FAILED | INTERRUPTED
 */
export async function openVideo(source: VideoSource, options: VideoOptions = {}): Promise<VideoReader> {
  if ('stream' in source) return openStream(source, options);
  return openingUntilAborted(source.path, options.signal, () => openPath(source.path, options));
}

async function openPath(path: string, options: VideoOptions): Promise<VideoReader> {
  if (options.raw !== undefined) assertRawFormat(options.raw);
  if (options.still === true) return (await import('./still-image.ts')).openStill(path, options);
  const { isRegular, ...bytes } = await openFile(path);
  const decode = isRegular ? () => openDecoded(path, options) : undefined;
  return openBytes(path === '-' ? 'standard input' : path, bytes, options, decode);
}

async function openDecoded(path: string, options: VideoOptions): Promise<VideoReader> {
  const { ffmpeg = 'ffmpeg', rgb = 'keep', signal } = options;
  const probed = await probeVideo(path, ffprobeBeside(ffmpeg), signal);
  const { pixelFormat, pixelFormats, frameRate, tags } = probed;
  assertFrameSize(path, probed.width, probed.height);
  const decodedAs = decodedFormat(path, pixelFormat, pixelFormats, rgb);
  const video = await decodeWithFfmpeg({ ...probed, path, command: ffmpeg, format: decodedAs });
  const { width, height, bytes } = video;
  try {
    assertFrameSize(path, width, height);
    const { chroma, bitDepth, name: readAs, conversion } = decodedAs;
    const picture = { width, height, chroma, bitDepth, frameRate };
    const format: FrameFormat =
      conversion === 'ycbcr'
        ? { ...picture, range: 'limited', tags: { ...tags, matrix: 'bt709', range: 'tv' } }
        : { ...picture, range: rangeOf(pixelFormat.name, tags), tags };
    const alpha = pixelFormat.hasAlpha && !pixelFormat.isPalette;
    const decoded = { pixelFormat: pixelFormat.name, readAs, alpha };
    const framing = video.framing(format);
    return new VideoReader({ name: path, container: 'ffmpeg', format, bytes, framing, decoded }, options);
  } catch (error) {
    await bytes.close();
    throw error;
  }
}

/** …/ffmpeg has …/ffprobe beside it; any other program answers for both by its arguments. */
function ffprobeBeside(ffmpeg: string): string {
  return ffmpeg.replace(/ffmpeg(?=(\.exe)?$)/i, 'ffprobe');
}

function rangeOf(pixelFormat: string, { range }: ColourTags): Range | null {
  if (pixelFormat.startsWith('yuvj')) return 'full';
  return range === 'pc' || range === 'jpeg' ? 'full' : range === undefined ? null : 'limited';
}
