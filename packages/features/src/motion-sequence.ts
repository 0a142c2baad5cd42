import { completeOptions, type FeatureOptions } from './feature-options.ts';
import type { LumaFormat } from './luma-plane.ts';

/** Motion of one frame, all derived of the SADs of the reference clip. */
export interface MotionScore {
  /** Mean absolute difference to the frame before; 0 for the first. */
  readonly motion: number;
  /** The smaller of this frame's and the next one's motion; the last frame's own. `vmaf_v0.6.1` uses this. */
  readonly motion2: number;
  /** motion2, but for the first frame, which has the second one's motion; null in v3.1, which has none. */
  readonly motion3: number | null;
}

/** Largest motion that libvmaf reports (`motion_max_val`). */
const LARGEST = 10000;

/**
 * SADs in frame order to motion scores, one frame behind: the score of a frame is known once the next one is.
 *
 * @example
 * const sequence = new MotionSequence({ width: 64, height: 48, bitDepth: 8 });
 * sequence.next(null); // null: the first frame waits for the second
 * sequence.next(7864320); // { motion: 0, motion2: 0, motion3: 10 }
 * sequence.end(); // { motion: 10, motion2: 10, motion3: 10 }
 */
export class MotionSequence {
  readonly #toMotion: (sad: number | null) => number;
  readonly #hasMotion3: boolean;
  #frames = 0;
  #last = 0;

  /** @throws {FeaturesError} `INVALID_OPTION` */
  constructor({ width, height }: LumaFormat, options: FeatureOptions = {}) {
    const { motion, motionForceZero } = completeOptions(options);
    const samples = width * height;
    this.#hasMotion3 = motion === 'v3.2';
    if (motionForceZero) this.#toMotion = () => 0;
    else if (motion === 'v3.2') this.#toMotion = (sad) => Math.min((sad ?? 0) / 256 / samples, LARGEST);
    else this.#toMotion = (sad) => Math.fround(Math.fround((sad ?? 0) / 256) / Math.fround(samples));
  }

  /** Takes the SAD of the next frame against the one before, and gives the score of the one before; null at the first frame. */
  next(sad: number | null): MotionScore | null {
    const motion = this.#frames === 0 ? 0 : this.#toMotion(sad);
    const score = this.#frames === 0 ? null : this.#scoreOfLast(motion);
    this.#last = motion;
    this.#frames++;
    return score;
  }

  /** The score of the last frame; null of an empty clip. */
  end(): MotionScore | null {
    return this.#frames === 0 ? null : this.#scoreOfLast(this.#last);
  }

  /** The last frame's score, with what follows it, which of the clip's last is itself. */
  #scoreOfLast(following: number): MotionScore {
    const first = this.#frames === 1;
    const motion2 = first ? 0 : Math.min(this.#last, following);
    const motion3 = first ? following : motion2;
    return { motion: this.#last, motion2, motion3: this.#hasMotion3 ? motion3 : null };
  }
}

/**
 * The motion scores of a whole clip. SADs may have been measured anywhere and in any order.
 *
 * @param sads SAD of each frame against the one before; the first frame's is not looked at
 * @throws {FeaturesError} `INVALID_OPTION`
 * @example
 * motionScores([null, 7864320], { width: 64, height: 48, bitDepth: 8 }).map(({ motion2 }) => motion2); // [0, 10]
 */
export function motionScores(
  sads: readonly (number | null)[],
  format: LumaFormat,
  options: FeatureOptions = {},
): MotionScore[] {
  const sequence = new MotionSequence(format, options);
  const scores = sads.map((sad) => sequence.next(sad));
  return [...scores, sequence.end()].filter((score) => score !== null);
}
