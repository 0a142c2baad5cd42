import { untilAborted } from './abort.ts';
import { ByteReader, type ByteSource } from './byte-reader.ts';
import { VideoError } from './errors.ts';
import { rawFraming, y4mFraming } from './framing.ts';
import { decodeWithFfmpeg } from './ffmpeg-process.ts';
import { probeVideo } from './ffprobe-process.ts';
import { assertFrameSize, type ColourTags, type FrameFormat, type Range } from './frame.ts';
import { decodedFormat } from './pixel-format.ts';
import { assertAgrees, assertRawFormat, rawFrameFormat, type RawFormat } from './raw-format.ts';
import { latin1 } from './latin1.ts';
import { openFile } from './video-file.ts';
import { VideoReader, type ReaderOptions } from './video-reader.ts';
import { LONGEST_LINE, parseY4mHeader, Y4M_MAGIC } from './y4m-header.ts';

/** A path ('-' is standard input), or bytes as they come, such as a Node stream; the name stands in messages. */
export type VideoSource =
  { readonly path: string } | { readonly stream: AsyncIterable<Uint8Array>; readonly name?: string };

export interface VideoOptions extends ReaderOptions {
  /** What raw planar YUV holds; a file that is not Y4M is then read as such, one that is must agree with it. */
  readonly raw?: RawFormat;
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
  const { signal } = options;
  const opening = openSource(source, options);
  try {
    return await untilAborted(signal, () => opening);
  } catch (error) {
    if (signal?.aborted !== true) throw error;
    // what opens after all is closed again
    void opening.then(
      (reader) => reader.close(),
      () => undefined,
    );
    const name = 'path' in source ? source.path : (source.name ?? 'the stream');
    throw new VideoError('INTERRUPTED', `${name} was not opened: the reading was interrupted`, {
      cause: error,
    });
  }
}

async function openSource(source: VideoSource, options: VideoOptions): Promise<VideoReader> {
  if (options.raw !== undefined) assertRawFormat(options.raw);
  if ('stream' in source) return open(source.name ?? 'the stream', iterableSource(source.stream), options);
  const { path } = source;
  if (options.still === true) return (await import('./still-image.ts')).openStill(path, options);
  const { isRegular, ...bytes } = await openFile(path);
  const decode = isRegular ? () => openDecoded(path, options) : undefined;
  return open(path === '-' ? 'standard input' : path, bytes, options, decode);
}

async function open(
  name: string,
  source: ByteSource,
  options: VideoOptions,
  decode?: () => Promise<VideoReader>,
): Promise<VideoReader> {
  const { raw, signal } = options;
  const bytes = new ByteReader(source);
  // what waits for its first bytes keeps the process alive
  const abandon = (): void => void bytes.close();
  signal?.addEventListener('abort', abandon, { once: true });
  try {
    const start = await peek(name, bytes);
    if (latin1(start) === Y4M_MAGIC) {
      const format = await readHeader(name, bytes);
      if (raw !== undefined) assertAgrees(name, format, raw);
      return new VideoReader(
        { name, container: 'y4m', format, bytes, framing: y4mFraming(name, bytes) },
        options,
      );
    }
    if (raw !== undefined) {
      const format = rawFrameFormat(raw);
      return new VideoReader({ name, container: 'raw', format, bytes, framing: rawFraming(bytes) }, options);
    }
    if (start.length === 0) throw new VideoError('NO_FRAMES', `${name} is empty`, { goodFrames: 0 });
    if (decode === undefined)
      throw new VideoError(
        'UNKNOWN_FORMAT',
        `${name} is not Y4M; give the format of raw YUV, or pipe it through: ffmpeg -i … -f yuv4mpegpipe -`,
      );
    if (/\.(yuv|raw)$/i.test(name))
      throw new VideoError(
        'UNKNOWN_FORMAT',
        `${name} seems to be raw YUV, which does not state its format; give width, height, pixel format and bit depth`,
      );
  } catch (error) {
    await bytes.close();
    throw error;
  } finally {
    signal?.removeEventListener('abort', abandon);
  }
  await bytes.close();
  return decode();
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
    const range = conversion === 'ycbcr' ? 'limited' : rangeOf(pixelFormat.name, tags);
    const format: FrameFormat = {
      width,
      height,
      chroma,
      bitDepth,
      frameRate,
      range,
      tags: conversion === 'ycbcr' ? { ...tags, matrix: 'bt709', range: 'tv' } : tags,
    };
    const decoded = {
      pixelFormat: pixelFormat.name,
      readAs,
      alpha: pixelFormat.hasAlpha && !pixelFormat.isPalette,
    };
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

async function peek(name: string, bytes: ByteReader): Promise<Uint8Array> {
  try {
    return await bytes.peek(Y4M_MAGIC.length);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new VideoError('UNREADABLE', `${name} cannot be read: ${reason}`, { cause: error });
  }
}

async function readHeader(name: string, bytes: ByteReader): Promise<VideoReader['format']> {
  const line = await bytes.readLine(LONGEST_LINE);
  if (typeof line === 'string') return parseY4mHeader(name, line);
  throw new VideoError(
    'MALFORMED',
    `${name} is not a Y4M file: its header has no end within ${LONGEST_LINE} bytes`,
  );
}

function iterableSource(stream: AsyncIterable<Uint8Array>): ByteSource {
  const chunks = stream[Symbol.asyncIterator]();
  return {
    chunks,
    close: async () => {
      // not awaited: an iterator that waits for its next chunk would return only after that
      void Promise.resolve(chunks.return?.()).catch(() => undefined);
    },
  };
}
