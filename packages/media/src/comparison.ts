import { VideoError } from './errors.ts';
import { chromaName, type Frame, type FrameRate } from './frame.ts';
import { openVideo, type VideoOptions } from './open-video.ts';
import { scaledVideo } from './scaled-video-process.ts';
import { SpareFrames } from './spare-frames.ts';
import type { VideoReader } from './video-reader.ts';

export interface ComparisonOptions extends VideoOptions {
  /** Path of the reference; '-' is standard input, which one clip may be. */
  readonly reference: string;
  /** Paths of one or more renditions of it. */
  readonly distorted: readonly string[];
  /** Compare only every Nth frame: those whose number is a multiple of it (default 1). */
  readonly subsample?: number;
  /** Stop before this frame number, as libvmaf's --frame_cnt; what follows is not read (default: to the end). */
  readonly frameCount?: number;
  /** Frames to pass over at the start (default 0). */
  readonly skipReference?: number;
  readonly skipDistorted?: number;
  /** Bring renditions that are smaller to the reference's size by ffmpeg's bicubic scaler (default: sizes must be equal). */
  readonly scale?: boolean;
  /** How many sets are valid at once: each until so many more were asked for (default 1). */
  readonly keep?: number;
}

/** Frames of one moment. They are valid until `keep` more sets were asked for, which take their memory. */
export interface FrameSet {
  /** From 0, counted after what was skipped: libvmaf's frameNum. */
  readonly index: number;
  readonly reference: Frame;
  readonly distorted: readonly Frame[];
}

/**
 * Frame rates that differ by less are one rate written by two containers: Matroska keeps whole milliseconds, which makes
 * 23.98 of 24000/1001. The nearest rates in use, 24 and 24000/1001, differ by 1/1001.
 */
const SAME_RATE = 5e-4;

/**
 * A reference and its renditions, frame by frame.
 *
 * Sizes (unless smaller ones are scaled) and chroma formats must be equal (RGB goes with any), and frame rates where they are known; bit depths may differ, since all become
 * R'G'B' of 8 bits. All clips must end together, unless `frameCount` comes first.
 */
export class Comparison {
  readonly reference: VideoReader;
  readonly distorted: readonly VideoReader[];
  readonly #options: ComparisonOptions;
  readonly #spare: SpareFrames<FrameSet>;
  #index = 0;

  private constructor(options: ComparisonOptions, readers: readonly VideoReader[]) {
    const [reference, ...distorted] = readers;
    this.reference = reference as VideoReader;
    this.distorted = distorted;
    this.#options = options;
    this.#spare = new SpareFrames(options.keep ?? 1);
  }

  /**
   * Opens all clips and passes over what is to be skipped.
   *
   * @throws VideoError MISMATCH | INVALID_OPTION | NO_FRAMES, and what openVideo throws
   */
  static async open(options: ComparisonOptions): Promise<Comparison> {
    assertOptions(options);
    const readers: VideoReader[] = [];
    try {
      for (const path of [options.reference, ...options.distorted])
        readers.push(await openVideo({ path }, options));
      for (const [at, distorted] of readers.entries())
        readers[at] = await sameSize(readers[0] as VideoReader, distorted, options);
      const comparison = new Comparison(options, readers);
      for (const distorted of comparison.distorted) assertComparable(comparison.reference, distorted);
      await skip(comparison.reference, options.skipReference ?? 0);
      for (const distorted of comparison.distorted) await skip(distorted, options.skipDistorted ?? 0);
      return comparison;
    } catch (error) {
      await Promise.all(readers.map((reader) => reader.close()));
      throw error;
    }
  }

  /**
   * The next frames to compare, null after the last.
   *
   * @throws VideoError UNEQUAL_LENGTH, and what reading a frame throws; `goodFrames` counts the sets that were whole
   */
  async read(): Promise<FrameSet | null> {
    const { subsample = 1, frameCount = Infinity } = this.#options;
    while (this.#index < frameCount) {
      const set = await this.#readAny();
      if (set === null) return null;
      if (set.index % subsample === 0) return this.#spare.give(set);
      this.#spare.return(set);
    }
    return null;
  }

  async close(): Promise<void> {
    await Promise.all(this.#readers().map((reader) => reader.close()));
  }

  async #readAny(): Promise<FrameSet | null> {
    const index = this.#index;
    const spare = this.#spare.take();
    const memory = spare === undefined ? [] : [spare.reference, ...spare.distorted];
    const readings = await Promise.allSettled(this.#readers().map((reader, at) => reader.read(memory[at])));
    const failed = readings.find((reading) => reading.status === 'rejected');
    if (failed !== undefined) throw this.#failure(failed.reason);
    const frames = readings.map((reading) => (reading.status === 'fulfilled' ? reading.value : null));
    if (frames.every((frame) => frame === null)) return null;
    const [reference, ...distorted] = frames.map((frame, at) => frame ?? this.#throwShort(at));
    this.#index++;
    return { index, reference: reference as Frame, distorted };
  }

  #readers(): readonly VideoReader[] {
    return [this.reference, ...this.distorted];
  }

  #throwShort(at: number): never {
    const name = (this.#readers()[at] as VideoReader).name;
    throw new VideoError(
      'UNEQUAL_LENGTH',
      `${name} ends after ${this.#index} frames, others go on; ${this.#index} frames were compared`,
      { goodFrames: this.#index },
    );
  }

  /** The frames of one clip that were whole become the sets that were. */
  #failure(error: unknown): unknown {
    if (!(error instanceof VideoError)) return error;
    return new VideoError(error.code, error.message, { goodFrames: this.#index, cause: error });
  }
}

function assertOptions(options: ComparisonOptions): void {
  const paths = [options.reference, ...options.distorted];
  if (options.distorted.length === 0)
    throw new VideoError('INVALID_OPTION', 'a comparison needs one distorted clip or more, got none');
  if (paths.filter((path) => path === '-').length > 1)
    throw new VideoError('INVALID_OPTION', 'only one clip can come from standard input');
  const least = { subsample: 1, frameCount: 1, skipReference: 0, skipDistorted: 0, keep: 1 };
  for (const name of Object.keys(least) as (keyof typeof least)[]) {
    const value = options[name];
    if (value !== undefined && (!Number.isSafeInteger(value) || value < least[name]))
      throw new VideoError(
        'INVALID_OPTION',
        `${name} must be an integer of at least ${least[name]}, got ${value}`,
      );
  }
}

/** The rendition itself, or scaled up. */
async function sameSize(
  reference: VideoReader,
  distorted: VideoReader,
  options: ComparisonOptions,
): Promise<VideoReader> {
  const { width, height } = reference;
  const isSame = distorted.width === width && distorted.height === height;
  if (isSame || options.scale !== true) return distorted;
  if (distorted.width > width || distorted.height > height)
    throw mismatch(reference, distorted, sizesOf(reference, distorted), 'only smaller ones are scaled');
  return scaledVideo(distorted, { width, height, ffmpeg: options.ffmpeg ?? 'ffmpeg' }, options);
}

function sizesOf(...clips: VideoReader[]): string[] {
  return clips.map(({ width, height }) => `${width}×${height}`);
}

function assertComparable(reference: VideoReader, distorted: VideoReader): void {
  const sizes = sizesOf(reference, distorted);
  const chromas = [reference, distorted].map(({ chroma }) => chromaName(chroma));
  const rates = [reference, distorted].map(({ frameRate }) => frameRate);
  if (sizes[0] !== sizes[1])
    throw mismatch(reference, distorted, sizes, 'scale it to the same size, or ask for it (--scale)');
  // R'G'B' is what all become
  if (chromas[0] !== chromas[1] && !chromas.includes(chromaName('rgb')))
    throw mismatch(reference, distorted, chromas, 'convert it to the same pixel format');
  if (!isSameRate(rates[0] as FrameRate | null, rates[1] as FrameRate | null)) {
    const texts = rates.map((rate) => `${rate?.numerator}/${rate?.denominator} frames per second`);
    throw mismatch(reference, distorted, texts, 'bring it to the same rate');
  }
}

function isSameRate(a: FrameRate | null, b: FrameRate | null): boolean {
  if (a === null || b === null) return true;
  const ratio = (a.numerator * b.denominator) / (b.numerator * a.denominator);
  return Math.abs(ratio - 1) < SAME_RATE;
}

function mismatch(
  reference: VideoReader,
  distorted: VideoReader,
  [expected, found]: string[],
  remedy: string,
): VideoError {
  return new VideoError(
    'MISMATCH',
    `${distorted.name} has ${found}, the reference ${reference.name} has ${expected}; ${remedy}`,
  );
}

async function skip(reader: VideoReader, frames: number): Promise<void> {
  let previous: Frame | null = null;
  for (let index = 0; index < frames; index++) {
    previous = await reader.read(previous ?? undefined);
    if (previous === null)
      throw new VideoError(
        'NO_FRAMES',
        `${reader.name} has ${index} frames, skipping ${frames} leaves none; skip fewer`,
        { goodFrames: 0 },
      );
  }
}
