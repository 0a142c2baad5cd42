import { untilAborted } from './abort.ts';
import { ByteReader, type ByteSource } from './byte-reader.ts';
import { VideoError } from './errors.ts';
import { rawFraming, y4mFraming } from './framing.ts';
import { assertAgrees, assertRawFormat, rawFrameFormat, type RawFormat } from './raw-format.ts';
import { latin1 } from './latin1.ts';
import { VideoReader, type ReaderOptions } from './video-reader.ts';
import { LONGEST_LINE, parseY4mHeader, Y4M_MAGIC } from './y4m-header.ts';

/** Bytes as they come, such as a stream of Node or of a page. */
export interface ByteStream {
  readonly stream: AsyncIterable<Uint8Array>;
  /** Stands in messages; default: `the stream`. */
  readonly name?: string;
}

/** Options of `openStream`. */
export interface StreamOptions extends ReaderOptions {
  /** Format of raw planar YUV; bytes that are not Y4M are then read as such, those that are must agree with it. */
  readonly raw?: RawFormat;
}

/**
 * Opens Y4M or raw planar YUV for reading frame by frame; its first bytes say which it is. Nothing is read ahead but one chunk.
 * It needs no Node: a page passes the stream of a file.
 *
 * @throws VideoError UNREADABLE | MALFORMED | UNSUPPORTED | UNKNOWN_FORMAT | INVALID_OPTION | TOO_LARGE | NO_FRAMES | INTERRUPTED
 * @example
 * const video = await openStream({ stream: file.stream(), name: file.name });
 * for await (const { index, data } of video.frames()) console.log(index, data.length);
 */
export async function openStream(source: ByteStream, options: StreamOptions = {}): Promise<VideoReader> {
  const { name = 'the stream', stream } = source;
  return openingUntilAborted(name, options.signal, () => openBytes(name, iterableSource(stream), options));
}

/**
 * Waits for a clip to open, or for the abort of the signal; what opens after that is closed again.
 *
 * @throws VideoError INTERRUPTED, and what `open` throws
 */
export async function openingUntilAborted(
  name: string,
  signal: AbortSignal | undefined,
  open: () => Promise<VideoReader>,
): Promise<VideoReader> {
  const opening = open();
  try {
    return await untilAborted(signal, () => opening);
  } catch (error) {
    if (signal?.aborted !== true) throw error;
    void opening.then(
      (reader) => reader.close(),
      () => undefined,
    );
    const problem = `${name} was not opened: the reading was interrupted`;
    throw new VideoError('INTERRUPTED', problem, { cause: error });
  }
}

/**
 * Opens the bytes of a clip: Y4M, raw YUV, or what `decode` opens.
 *
 * @param decode opens what is neither, where something can
 */
export async function openBytes(
  name: string,
  source: ByteSource,
  options: StreamOptions,
  decode?: () => Promise<VideoReader>,
): Promise<VideoReader> {
  const { raw, signal } = options;
  if (raw !== undefined) assertRawFormat(raw);
  const bytes = new ByteReader(source);
  // what waits for its first bytes keeps the process alive
  const abandon = (): void => void bytes.close();
  signal?.addEventListener('abort', abandon, { once: true });
  try {
    const start = await peek(name, bytes);
    if (latin1(start) === Y4M_MAGIC) {
      const format = await readHeader(name, bytes);
      if (raw !== undefined) assertAgrees(name, format, raw);
      const framing = y4mFraming(name, bytes);
      return new VideoReader({ name, container: 'y4m', format, bytes, framing }, options);
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
