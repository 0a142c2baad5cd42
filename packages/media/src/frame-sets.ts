import { VideoError } from './errors.ts';
import { chromaName, type Frame, type FrameRate } from './frame.ts';
import { SpareFrames } from './spare-frames.ts';
import type { FrameSource } from './video-reader.ts';

/** Which frames of the clips are compared. */
export interface FrameSelection {
  /** Compare only every Nth frame: those whose number is a multiple of it (default 1). */
  readonly subsample?: number;
  /** Stop before this frame number, as libvmaf's --frame_cnt; what follows is not read (default: to the end). */
  readonly frameCount?: number;
  /** Frames to pass over at the start (default 0). */
  readonly skipReference?: number;
  readonly skipDistorted?: number;
  /** How many sets are valid at once: each until so many more were asked for (default 1). */
  readonly keep?: number;
  /**
   * For each rendition the frame of each frame of the reference, -1 where it has none; they never step back (default: those of the
   * same number, counted after what was skipped). The clips then need neither one rate nor one length.
   */
  readonly pairs?: readonly ArrayLike<number>[];
}

/** Frames of one moment. They are valid until `keep` more sets were asked for, which take their memory. */
export interface FrameSet {
  /** From 0, counted after what was skipped: libvmaf's frameNum. */
  readonly index: number;
  readonly reference: Frame;
  /** None where `pairs` has no frame of some rendition. */
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
 * Sizes and chroma formats must be equal (RGB goes with any), and frame rates where they are known; bit depths may differ, since
 * all become R'G'B' of 8 bits. All clips must end together, unless `frameCount` comes first; with `pairs` the reference ends.
 *
 * @example
 * const sets = await FrameSets.of([reference, rendition]);
 * for (let set = await sets.read(); set !== null; set = await sets.read()) compare(set.reference, set.distorted[0]);
 */
export class FrameSets<R extends FrameSource = FrameSource> {
  readonly reference: R;
  readonly distorted: readonly R[];
  readonly #selection: FrameSelection;
  readonly #spare: SpareFrames<FrameSet>;
  #index = 0;

  /** @param readers the reference, then its renditions */
  private constructor(readers: readonly R[], selection: FrameSelection) {
    const [reference, ...distorted] = readers;
    this.reference = reference as R;
    this.distorted = distorted;
    this.#selection = selection;
    this.#spare = new SpareFrames(selection.keep ?? 1);
  }

  /**
   * Clips that are open already, of which no frame was read; they are closed when they cannot be compared.
   *
   * @param readers the reference, then one or more renditions of it
   * @throws VideoError MISMATCH | INVALID_OPTION | NO_FRAMES
   */
  static async of<R extends FrameSource>(
    readers: readonly R[],
    selection: FrameSelection = {},
  ): Promise<FrameSets<R>> {
    try {
      assertSelection(selection, readers.length - 1);
      const sets = new FrameSets(readers, selection);
      await sets.#begin();
      return sets;
    } catch (error) {
      await Promise.all(readers.map((reader) => reader.close()));
      throw error;
    }
  }

  /** Checks that the clips can be compared, and passes over what is to be skipped. @throws VideoError MISMATCH | NO_FRAMES */
  async #begin(): Promise<void> {
    const { skipReference = 0, skipDistorted = 0, pairs } = this.#selection;
    for (const distorted of this.distorted) assertComparable(this.reference, distorted, pairs !== undefined);
    await skip(this.reference, skipReference);
    for (const distorted of this.distorted) await skip(distorted, skipDistorted);
  }

  /**
   * The next frames to compare, null after the last.
   *
   * @throws VideoError UNEQUAL_LENGTH, and what reading a frame throws; `goodFrames` counts the sets that were whole
   */
  async read(): Promise<FrameSet | null> {
    const { subsample = 1, frameCount = Infinity } = this.#selection;
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
    const readings = await Promise.allSettled(this.#readings(index, memory));
    const failed = readings.find((reading) => reading.status === 'rejected');
    if (failed !== undefined) throw this.#failure(failed.reason);
    const frames = readings.map((reading) => (reading.status === 'fulfilled' ? reading.value : null));
    if (frames.every((frame) => frame === null)) return null;
    const [reference, ...distorted] = frames.map((frame, at) => frame ?? this.#throwShort(at));
    this.#index++;
    return { index, reference: reference as Frame, distorted };
  }

  /** The next frame of each clip; of the reference alone where a rendition has none for it. */
  #readings(index: number, memory: readonly Frame[]): Promise<Frame | null>[] {
    const { pairs } = this.#selection;
    if (pairs === undefined) return this.#readers().map((reader, at) => reader.read(memory[at]));
    const wanted = pairs.map((frames) => frames[index] ?? -1);
    const distorted = wanted.includes(-1) ? [] : this.distorted;
    return [
      this.reference.read(memory[0]),
      ...distorted.map((reader, at) => readUntil(reader, wanted[at] as number, memory[at + 1])),
    ];
  }

  #readers(): readonly R[] {
    return [this.reference, ...this.distorted];
  }

  #throwShort(at: number): never {
    const name = (this.#readers()[at] as R).name;
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

/**
 * Refuses a selection of frames that is out of range or has no rendition.
 *
 * @throws VideoError INVALID_OPTION
 */
export function assertSelection(selection: FrameSelection, renditions: number): void {
  if (renditions < 1)
    throw new VideoError('INVALID_OPTION', 'a comparison needs one distorted clip or more, got none');
  const least = { subsample: 1, frameCount: 1, skipReference: 0, skipDistorted: 0, keep: 1 };
  for (const name of Object.keys(least) as (keyof typeof least)[]) {
    const value = selection[name];
    if (value !== undefined && (!Number.isSafeInteger(value) || value < least[name]))
      throw new VideoError(
        'INVALID_OPTION',
        `${name} must be an integer of at least ${least[name]}, got ${value}`,
      );
  }
}

/** The sizes of clips as messages spell them: `1920×1080`. */
export function sizesOf(...clips: FrameSource[]): string[] {
  return clips.map(({ format: { width, height } }) => `${width}×${height}`);
}

/** The frame of that number, which is still to come; null where the clip ends before it. */
async function readUntil(reader: FrameSource, wanted: number, memory?: Frame): Promise<Frame | null> {
  let frame = await reader.read(memory);
  while (frame !== null && frame.index < wanted) frame = await reader.read(frame);
  return frame;
}

function assertComparable(reference: FrameSource, distorted: FrameSource, isPaired: boolean): void {
  const sizes = sizesOf(reference, distorted);
  const { width, height, frameRate } = reference.format;
  const chromas = [reference, distorted].map(({ format }) => chromaName(format.chroma));
  const scaling = `scale it to the same size, as by ffmpeg with -vf scale=${width}:${height}`;
  if (sizes[0] !== sizes[1]) throw mismatch(reference, distorted, sizes, scaling);
  // R'G'B' is what all become
  if (chromas[0] !== chromas[1] && !chromas.includes(chromaName('rgb')))
    throw mismatch(reference, distorted, chromas, 'convert it to the same pixel format');
  if (!isPaired && !isSameRate(frameRate, distorted.format.frameRate)) {
    const rates = [frameRate, distorted.format.frameRate];
    const texts = rates.map((rate) => `${rate?.numerator}/${rate?.denominator} frames per second`);
    throw mismatch(reference, distorted, texts, 'bring it to the same rate');
  }
}

function isSameRate(a: FrameRate | null, b: FrameRate | null): boolean {
  if (a === null || b === null) return true;
  const ratio = (a.numerator * b.denominator) / (b.numerator * a.denominator);
  return Math.abs(ratio - 1) < SAME_RATE;
}

/**
 * The error for clips that do not belong together.
 *
 * @param remedy what to do
 */
export function mismatch(
  reference: FrameSource,
  distorted: FrameSource,
  [expected, found]: string[],
  remedy: string,
): VideoError {
  return new VideoError(
    'MISMATCH',
    `${distorted.name} has ${found}, the reference ${reference.name} has ${expected}; ${remedy}`,
  );
}

async function skip(reader: FrameSource, frames: number): Promise<void> {
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
