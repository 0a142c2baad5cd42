import { ByteReader, type ByteSource } from './byte-reader.ts';
import { VideoError } from './errors.ts';
import { decodeWithFfmpeg } from './ffmpeg-process.ts';
import { assertAgrees, assertRawFormat, rawFrameFormat, type RawFormat } from './raw-format.ts';
import { openFile } from './video-file.ts';
import { VideoReader } from './video-reader.ts';
import { LONGEST_LINE, parseY4mHeader, Y4M_MAGIC } from './y4m-header.ts';

/** A path ('-' is standard input), or bytes as they come, such as a Node stream; the name stands in messages. */
export type VideoSource =
  { readonly path: string } | { readonly stream: AsyncIterable<Uint8Array>; readonly name?: string };

export interface VideoOptions {
  /** What raw planar YUV holds; a file that is not Y4M is then read as such, one that is must agree with it. */
  readonly raw?: RawFormat;
  /** The program that decodes everything else (default ffmpeg, found on PATH). */
  readonly ffmpeg?: string;
}

/**
 * Opens a video for reading frame by frame: Y4M and raw planar YUV are read here, any other file is decoded by ffmpeg.
 * Which of them it is, its first bytes say, not its name. Nothing is read ahead but one chunk.
 *
 * @throws VideoError UNREADABLE | MALFORMED | UNSUPPORTED | UNKNOWN_FORMAT | INVALID_OPTION | TOO_LARGE | FFMPEG_MISSING | DECODE_FAILED
 */
export async function openVideo(source: VideoSource, options: VideoOptions = {}): Promise<VideoReader> {
  if (options.raw !== undefined) assertRawFormat(options.raw);
  if ('stream' in source) return open(source.name ?? 'the stream', iterableSource(source.stream), options);
  const { path } = source;
  const { isRegular, ...bytes } = await openFile(path);
  const decode = isRegular ? () => decodeWithFfmpeg(path, options.ffmpeg ?? 'ffmpeg') : undefined;
  return open(path === '-' ? 'standard input' : path, bytes, options, decode);
}

async function open(
  name: string,
  source: ByteSource,
  { raw }: VideoOptions,
  decode?: () => ByteSource,
): Promise<VideoReader> {
  const bytes = new ByteReader(source);
  try {
    const start = await peek(name, bytes);
    if (Buffer.from(start).toString('latin1') === Y4M_MAGIC) {
      const format = await readHeader(name, bytes);
      if (raw !== undefined) assertAgrees(name, format, raw);
      return new VideoReader(name, 'y4m', format, bytes);
    }
    if (raw !== undefined) return new VideoReader(name, 'raw', rawFrameFormat(raw), bytes);
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
  }
  await bytes.close();
  return openDecoded(name, new ByteReader(decode()));
}

async function openDecoded(name: string, bytes: ByteReader): Promise<VideoReader> {
  try {
    return new VideoReader(name, 'ffmpeg', await readHeader(name, bytes), bytes);
  } catch (error) {
    await bytes.close();
    throw error;
  }
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
