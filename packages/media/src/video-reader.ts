import type { ByteReader } from './byte-reader.ts';
import { VideoError } from './errors.ts';
import { planeSizes, type Frame, type FrameFormat } from './frame.ts';
import { assertFrameLine, LONGEST_LINE } from './y4m-header.ts';

export type Container = 'y4m' | 'raw' | 'ffmpeg';

/**
 * Frames one after the other, read only when they are asked for.
 *
 * @example
 * const video = await openVideo({ path: 'clip.y4m' });
 * for await (const frame of video.frames()) console.log(frame.index);
 */
export class VideoReader implements FrameFormat {
  /** The path, or what the caller called the stream: it begins every message. */
  readonly name: string;
  readonly container: Container;
  readonly format: FrameFormat;
  readonly #bytes: ByteReader;
  readonly #frameBytes: number;
  #index = 0;

  constructor(name: string, container: Container, format: FrameFormat, bytes: ByteReader) {
    this.name = name;
    this.container = container;
    this.format = format;
    this.#bytes = bytes;
    this.#frameBytes = planeSizes(format).bytes;
  }

  get width(): number {
    return this.format.width;
  }
  get height(): number {
    return this.format.height;
  }
  get chroma(): FrameFormat['chroma'] {
    return this.format.chroma;
  }
  get bitDepth(): FrameFormat['bitDepth'] {
    return this.format.bitDepth;
  }
  get frameRate(): FrameFormat['frameRate'] {
    return this.format.frameRate;
  }
  get range(): FrameFormat['range'] {
    return this.format.range;
  }

  /**
   * The next frame, null after the last.
   *
   * @param previous a frame that is no longer needed, whose memory the next one takes
   * @throws VideoError NO_FRAMES | TRUNCATED | MALFORMED | UNREADABLE | DECODE_FAILED, each with `goodFrames`
   */
  async read(previous?: Frame): Promise<Frame | null> {
    const index = this.#index;
    const isThere = await this.#locate(this.container === 'raw' ? this.#atData() : this.#readFrameLine());
    if (!isThere) {
      if (index > 0) return null;
      throw this.#error('NO_FRAMES', 'holds no frame');
    }
    const data = await this.#locate(this.#readData(previous?.data));
    this.#index++;
    return { index, format: this.format, data };
  }

  /** All that follow. Each frame is memory of its own. */
  async *frames(): AsyncGenerator<Frame, void, undefined> {
    for (let frame = await this.read(); frame !== null; frame = await this.read()) yield frame;
  }

  /** Frees what is open; stops ffmpeg. */
  close(): Promise<void> {
    return this.#bytes.close();
  }

  async #atData(): Promise<boolean> {
    return (await this.#bytes.peek(1)).length > 0;
  }

  async #readFrameLine(): Promise<boolean> {
    const line = await this.#bytes.readLine(LONGEST_LINE);
    if (line === null) return false;
    if (line === undefined) throw this.#error('MALFORMED', `has no FRAME line before frame ${this.#index}`);
    assertFrameLine(this.name, line, this.#index);
    return true;
  }

  async #readData(into: Uint8Array | undefined): Promise<Uint8Array> {
    // memory for the first frame is taken when its bytes are there: a header alone costs nothing
    const data = this.#index === 0 ? await this.#bytes.read(this.#frameBytes) : undefined;
    const target = data ?? (into?.length === this.#frameBytes ? into : new Uint8Array(this.#frameBytes));
    const filled = data?.length ?? (await this.#bytes.readInto(target));
    if (filled < this.#frameBytes)
      throw this.#error(
        'TRUNCATED',
        `ends inside frame ${this.#index}, after ${filled} of its ${this.#frameBytes} bytes`,
      );
    return target;
  }

  /** Failures of the source say how many frames were good before them. */
  async #locate<T>(reading: Promise<T>): Promise<T> {
    try {
      return await reading;
    } catch (error) {
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
