import type { MeasuredFrame, PairMeasurement } from './feature-calls.ts';
import type { FeatureOptions } from './feature-options.ts';
import type { LumaFormat } from './luma-plane.ts';
import { MotionSequence, type MotionScore } from './motion-sequence.ts';

/** The features of one frame. */
export interface FrameFeatures {
  /** From 0, counted after what was skipped: libvmaf's frameNum. */
  readonly index: number;
  /** Motion of the reference clip, the same for every rendition. */
  readonly motion: MotionScore;
  /** VIF, ADM and, where asked for, PSNR of each rendition, in the order of the paths. */
  readonly renditions: readonly PairMeasurement[];
}

/**
 * Measured frames, in their order, to features: a frame is complete once the next one's motion is known. Frames that were passed
 * over count for motion and are not given back.
 *
 * @example
 * const sequence = new FeatureSequence(format);
 * const features = [...measured.flatMap((frame) => sequence.next(frame)), ...sequence.end()];
 */
export class FeatureSequence {
  readonly #motions: MotionSequence;
  #waiting: MeasuredFrame | undefined;

  /** @throws FeaturesError INVALID_OPTION */
  constructor(format: LumaFormat, options: FeatureOptions = {}) {
    this.#motions = new MotionSequence(format, options);
  }

  /** Takes the next frame; gives the one before, if there is one to give. */
  next(frame: MeasuredFrame): FrameFeatures[] {
    const complete = this.#complete(this.#motions.next(frame.sad));
    this.#waiting = frame;
    return complete;
  }

  /** The last frame. */
  end(): FrameFeatures[] {
    return this.#complete(this.#motions.end());
  }

  #complete(motion: MotionScore | null): FrameFeatures[] {
    const frame = this.#waiting;
    if (frame === undefined || motion === null || frame.pairs.length === 0) return [];
    return [{ index: frame.index, motion, renditions: frame.pairs }];
  }
}
