import { openComparison, type Comparison, type ComparisonOptions } from './comparison.ts';
import { VideoError } from './errors.ts';
import { lumaOf, type LumaFrame } from './luma.ts';
import { openVideo, type VideoOptions, type VideoSource } from './open-video.ts';
import { SpareFrames } from './spare-frames.ts';
import { type Frame, type FrameFormat } from './frame.ts';
import type { VideoReader } from './video-reader.ts';

interface PlaneOptions {
  /** Read chroma too, for PSNR of all planes (default: it is passed over and takes no memory). */
  readonly chroma?: boolean;
  /** How many frames, or sets of them, are valid at once: each until so many more were asked for (default 1). */
  readonly keep?: number;
}

/** Options of `openLuma`. */
export interface LumaOptions extends Omit<VideoOptions, 'planes' | 'rgb'>, PlaneOptions {}

/** Options of `openLumaSets`. */
export interface LumaSetOptions extends Omit<ComparisonOptions, 'planes' | 'rgb'>, PlaneOptions {}

/** Luma planes of one moment, valid until `keep` more sets were asked for. */
export interface LumaSet {
  /** From 0, counted after what was skipped: libvmaf's frameNum. */
  readonly index: number;
  readonly reference: LumaFrame;
  /** In the order of the paths. */
  readonly distorted: readonly LumaFrame[];
}

/**
 * Opens one clip for reading its luma planes frame by frame: Y4M, raw planar YUV, or anything that ffmpeg decodes. Frames
 * are read when they are asked for, never more than a chunk of 1 MiB ahead, into memory that goes around. RGB becomes Y'CbCr of
 * BT.709, limited range.
 *
 * @param source a path ('-' is standard input), or a stream of bytes
 * @throws VideoError UNREADABLE | MALFORMED | UNSUPPORTED | UNKNOWN_FORMAT | INVALID_OPTION | TOO_LARGE | FFMPEG_MISSING |
 * DECODE_FAILED | INTERRUPTED
 * @example
 * const clip = await openLuma({ path: 'clip.y4m' });
 * for await (const { index, luma, width, height, stride, bitDepth } of clip.frames()) measure(luma);
 */
export async function openLuma(source: VideoSource, options: LumaOptions = {}): Promise<LumaReader> {
  const { chroma = false, keep = 1, ...video } = options;
  if (!Number.isSafeInteger(keep) || keep < 1)
    throw new VideoError('INVALID_OPTION', `keep must be an integer of at least 1, got ${keep}`);
  return new LumaReader(await openVideo(source, { ...video, ...planesOf(chroma) }), keep);
}

/**
 * Opens a reference and its renditions for reading their luma planes together, with the selection of frames and the checks of
 * a comparison: equal sizes, formats and lengths.
 *
 * @throws VideoError MISMATCH | INVALID_OPTION | NO_FRAMES, and what openLuma throws
 * @example
 * const clips = await openLumaSets({ reference: 'ref.y4m', distorted: ['a.y4m'], signal });
 * for await (const { index, reference, distorted } of clips.sets()) measure(reference.luma, distorted[0].luma);
 */
export async function openLumaSets({ chroma = false, ...options }: LumaSetOptions): Promise<LumaSets> {
  return new LumaSets(await openComparison({ ...options, ...planesOf(chroma) }));
}

/** RGB has no luma of its own: ffmpeg makes Y'CbCr of it, with the matrix of BT.709. */
function planesOf(chroma: boolean): Pick<VideoOptions, 'planes' | 'rgb'> {
  return { planes: chroma ? 'all' : 'luma', rgb: 'ycbcr' };
}

/** Luma planes of a clip, one after the other. */
export class LumaReader {
  readonly #video: VideoReader;
  readonly #spare: SpareFrames<Frame>;

  constructor(video: VideoReader, keep: number) {
    this.#video = video;
    this.#spare = new SpareFrames(keep);
  }

  /** The path, or what the caller called the stream: it begins every message. */
  get name(): string {
    return this.#video.name;
  }

  /** Size, chroma format, bit depth, frame rate and range of the clip. */
  get format(): FrameFormat {
    return this.#video.format;
  }

  /**
   * The next luma plane, null after the last. It is valid until `keep` more were asked for, which take its memory; memory
   * that was moved to another thread is replaced.
   *
   * @throws VideoError NO_FRAMES | TRUNCATED (the clip ends inside a frame) | MALFORMED | UNREADABLE | DECODE_FAILED |
   * INTERRUPTED, each with `goodFrames`, the number of whole frames before
   */
  async read(): Promise<LumaFrame | null> {
    const frame = await this.#video.read(this.#spare.take());
    return frame === null ? null : lumaOf(this.#spare.give(frame));
  }

  /** All that follow, to be iterated once; leaving the loop closes the clip. @throws VideoError as `read` does */
  frames(): AsyncGenerator<LumaFrame, void, undefined> {
    return allOf(this);
  }

  /** Frees what is open; stops ffmpeg. */
  close(): Promise<void> {
    return this.#video.close();
  }
}

interface Reading<T> {
  read(): Promise<T | null>;
  close(): Promise<void>;
}

async function* allOf<T>(reading: Reading<T>): AsyncGenerator<T, void, undefined> {
  try {
    for (let next = await reading.read(); next !== null; next = await reading.read()) yield next;
  } finally {
    await reading.close();
  }
}

/** A clip as it was opened. */
type OpenedLuma = Pick<VideoReader, 'name' | 'format' | 'container' | 'decoded' | 'scaled'>;

/** Luma planes of a reference and its renditions, moment after moment. */
export class LumaSets {
  readonly #comparison: Comparison;

  constructor(comparison: Comparison) {
    this.#comparison = comparison;
  }

  /** The reference clip's name and format. */
  get reference(): OpenedLuma {
    return this.#comparison.reference;
  }

  /** The same of each rendition, in the order of the paths. */
  get distorted(): readonly OpenedLuma[] {
    return this.#comparison.distorted;
  }

  /**
   * The luma planes of the next moment, null after the last.
   *
   * @throws VideoError UNEQUAL_LENGTH, and what reading a frame throws; `goodFrames` counts the sets that were whole
   */
  async read(): Promise<LumaSet | null> {
    const set = await this.#comparison.read();
    if (set === null) return null;
    return { index: set.index, reference: lumaOf(set.reference), distorted: set.distorted.map(lumaOf) };
  }

  /** All that follow, to be iterated once; leaving the loop closes the clips. @throws VideoError as `read` does */
  sets(): AsyncGenerator<LumaSet, void, undefined> {
    return allOf(this);
  }

  /** Frees what is open. */
  close(): Promise<void> {
    return this.#comparison.close();
  }
}
