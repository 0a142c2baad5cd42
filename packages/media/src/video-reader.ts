import { defined } from '@vqforge/base';
import { untilAborted } from './abort.ts';
import { newMemory, type Allocate, type ByteReader } from './byte-reader.ts';
import { VideoError } from './errors.ts';
import { planeSizes, type Frame, type FrameFormat } from './frame.ts';
import type { Framing } from './framing.ts';

export type Container = 'y4m' | 'raw' | 'image' | 'ffmpeg' | 'webcodecs';

/** Options of a reader of frames. */
export interface ReaderOptions {
  /** Luma alone: the chroma of each frame is passed over, and `data` of a frame holds its first plane (default all). */
  readonly planes?: 'all' | 'luma';
  /** Where the memory of frames comes from, such as a SharedArrayBuffer for other threads (default: an ArrayBuffer). */
  readonly allocate?: Allocate;
  /** Its abort ends a reading with INTERRUPTED and closes the clip. */
  readonly signal?: AbortSignal;
}

/** How ffmpeg handed over the frames of a container. */
export interface DecodedFacts {
  /** Pixel format of the file, in ffmpeg's words. */
  readonly pixelFormat: string;
  /** Pixel format that its frames were converted to. */
  readonly readAs: string;
  /** Whether there was alpha, which is ignored. */
  readonly alpha: boolean;
  /** The decoder, where that is not ffmpeg. */
  readonly decoder?: string;
}

/** How the frames of a clip were brought to another size. */
export interface ScaledFacts {
  /** Size of the frames in the file. */
  readonly width: number;
  readonly height: number;
  /** libswscale's flags, or the interpolation and its parameters. */
  readonly filter: string;
  /** Version of libswscale, where that scaled them. */
  readonly libswscale?: string;
  /** `vqforge` where this package did: see `FrameScaler`. */
  readonly by?: 'vqforge';
}

/** A clip that gives its frames one after the other, whatever decodes it. */
export interface FrameSource {
  /** The path, or the name that the caller gave the stream: it begins every message. */
  readonly name: string;
  readonly container: Container;
  readonly format: FrameFormat;
  /** Null for Y4M and raw YUV, which are read as they are. */
  readonly decoded: DecodedFacts | null;
  /** Null where frames have the size of the file. */
  readonly scaled: ScaledFacts | null;
  /**
   * The next frame, null after the last.
   *
   * @param previous a frame that is no longer needed, whose memory the next one may take
   * @throws VideoError with `goodFrames`, the number of whole frames before
   */
  read(previous?: Frame): Promise<Frame | null>;
  /** Frees what is open. */
  close(): Promise<void>;
}

/** An opened clip, of which a `VideoReader` is made. */
interface OpenedStream {
  readonly name: string;
  readonly container: Container;
  readonly format: FrameFormat;
  readonly bytes: ByteReader;
  readonly framing: Framing;
  readonly decoded?: DecodedFacts;
  readonly scaled?: ScaledFacts;
}

/**
 * Frames one after the other, read only when they are asked for.
 *
 * @example
 * const video = await openVideo({ path: 'clip.y4m' });
 * for await (const frame of video.frames()) console.log(frame.index);
 */
export class VideoReader implements FrameSource {
  readonly name: string;
  readonly container: Container;
  readonly format: FrameFormat;
  readonly decoded: DecodedFacts | null;
  readonly scaled: ScaledFacts | null;
  readonly #stream: OpenedStream;
  readonly #bytes: ByteReader;
  readonly #framing: Framing;
  /** Bytes of a frame that are kept, and those after them that are passed over. */
  readonly #kept: number;
  readonly #passed: number;
  readonly #allocate: Allocate;
  readonly #signal: AbortSignal | undefined;
  #index = 0;

  constructor(stream: OpenedStream, { planes = 'all', allocate = newMemory, signal }: ReaderOptions) {
    const { name, container, format, bytes, framing, decoded, scaled } = stream;
    this.#stream = stream;
    this.name = name;
    this.container = container;
    this.format = format;
    this.decoded = decoded ?? null;
    this.scaled = scaled ?? null;
    this.#bytes = bytes;
    this.#framing = framing;
    const sizes = planeSizes(format);
    this.#kept = planes === 'all' ? sizes.bytes : sizes.luma * sizes.bytesPerSample;
    this.#passed = sizes.bytes - this.#kept;
    this.#allocate = allocate;
    this.#signal = signal;
  }

  /**
   * The next frame, null after the last.
   *
   * @param previous a frame that is no longer needed, whose memory the next one takes
   * @throws VideoError NO_FRAMES | TRUNCATED | MALFORMED | UNREADABLE | DECODE_FAILED, each with `goodFrames`
   */
  async read(previous?: Frame): Promise<Frame | null> {
    const index = this.#index;
    const isThere = await this.#locate(() => this.#framing.begin(index));
    if (!isThere) {
      if (index > 0) return null;
      throw this.#error('NO_FRAMES', 'holds no frame');
    }
    const data = await this.#locate(() => this.#readData(previous?.data));
    await this.#locate(() => this.#framing.end(index));
    this.#index++;
    return { index, format: this.format, data };
  }

  /** All that follow. Each frame is memory of its own. */
  async *frames(): AsyncGenerator<Frame, void, undefined> {
    for (let frame = await this.read(); frame !== null; frame = await this.read()) yield frame;
  }

  /** The same clip, of which no frame was read yet, with all planes of its frames; it takes this one's place. */
  withAllPlanes(): VideoReader {
    return new VideoReader(this.#stream, defined({ signal: this.#signal }));
  }

  /** Frees what is open; stops ffmpeg. */
  close(): Promise<void> {
    return this.#bytes.close();
  }

  async #readData(into: Uint8Array | undefined): Promise<Uint8Array> {
    // memory for the first frame is taken when its bytes are there: a header alone costs nothing
    const data = this.#index === 0 ? await this.#bytes.read(this.#kept, this.#allocate) : undefined;
    const target = data ?? (into?.length === this.#kept ? into : new Uint8Array(this.#allocate(this.#kept)));
    const kept = data?.length ?? (await this.#bytes.readInto(target));
    const filled = kept < this.#kept ? kept : kept + (await this.#bytes.skip(this.#passed));
    if (filled < this.#kept + this.#passed)
      throw this.#error(
        'TRUNCATED',
        `ends inside frame ${this.#index}, after ${filled} of its ${this.#kept + this.#passed} bytes`,
      );
    return target;
  }

  /** Failures of the source say how many frames were good before them. */
  async #locate<T>(reading: () => Promise<T>): Promise<T> {
    try {
      return await untilAborted(this.#signal, reading);
    } catch (error) {
      if (this.#signal?.aborted === true) {
        await this.close();
        throw this.#error('INTERRUPTED', 'was not read to its end: the reading was interrupted');
      }
      if (error instanceof VideoError && error.goodFrames !== null) throw error;
      const code = error instanceof VideoError ? error.code : 'UNREADABLE';
      const reason = error instanceof Error ? error.message : String(error);
      const message = error instanceof VideoError ? reason : `${this.name} cannot be read: ${reason}`;
      throw new VideoError(code, `${message}; ${this.#index} frames before it are whole`, {
        goodFrames: this.#index,
        cause: error,
      });
    }
  }

  #error(code: VideoError['code'], what: string): VideoError {
    const whole = this.#index === 0 ? '' : `; ${this.#index} frames before it are whole`;
    return new VideoError(code, `${this.name} ${what}${whole}`, { goodFrames: this.#index });
  }
}
