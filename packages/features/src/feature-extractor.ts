import { additiveScore, admScore, type AdditiveScore, type AdmScore } from './adm-score.ts';
import { FeaturesError } from './errors.ts';
import { completeOptions, type FeatureOptions } from './feature-options.ts';
import { Kernels } from './kernels.ts';
import { checkFormat, checkPlane, type LumaFormat, type LumaPlane } from './luma-plane.ts';
import { vifScore, type VifScore } from './vif-score.ts';

/** Features of one pair of pictures, without regard to other frames. */
export interface PairFeatures {
  readonly vif: VifScore;
  readonly adm: AdmScore;
  /** Present with the option `additive`. */
  readonly additive?: AdditiveScore;
}

/**
 * Measures VMAF's features, picture by picture, in one thread: `nextReference` takes each frame of the reference clip and
 * gives its motion against the frame before, `measure` compares a distorted picture with it. Several distorted clips share
 * one reference. VIF and ADM know no other frame, so frames may be spread over threads, each with its own extractor; a
 * thread that begins in the middle of a clip takes the reference frame before its first one.
 *
 * All numbers equal those of libvmaf f85a8536's portable C path in every bit, on every machine. No memory is allocated per
 * frame but for the numbers.
 *
 * @example
 * const extractor = new FeatureExtractor({ width: 64, height: 48, bitDepth: 8 });
 * const grey = { samples: new Uint8Array(64 * 48).fill(128) };
 * extractor.nextReference(grey); // null: no frame before
 * extractor.measure(grey).adm.adm2; // 1
 */
export class FeatureExtractor {
  readonly #format: LumaFormat;
  readonly #options: Required<FeatureOptions>;
  readonly #kernels: Kernels;
  #hasReference = false;

  /**
   * @throws {FeaturesError} `TOO_SMALL`: a side under 33, where libvmaf crashes or reads memory that is not the picture's;
   *   `TOO_LARGE`, `UNSUPPORTED_DEPTH`, `INVALID_OPTION`
   */
  constructor(format: LumaFormat, options: FeatureOptions = {}) {
    checkFormat(format);
    this.#format = { width: format.width, height: format.height, bitDepth: format.bitDepth };
    this.#options = completeOptions(options);
    this.#kernels = new Kernels(this.#format);
  }

  /** Bytes of WebAssembly memory: about 6.5 planes of 8 bits, or 4.8 of 16 bits. It never grows. */
  get memoryBytes(): number {
    return this.#kernels.memoryBytes;
  }

  /**
   * Takes the next frame of the reference clip.
   *
   * @returns the sum of absolute differences of this frame and the one before, blurred, an integer, for `MotionSequence`;
   *   null for the first frame, and where motion is forced to zero
   * @throws {FeaturesError} `WRONG_LENGTH` or `OUT_OF_RANGE`; the frame then does not count
   */
  nextReference(reference: LumaPlane): number | null {
    checkPlane('reference', reference, this.#format);
    const hadReference = this.#hasReference;
    this.#hasReference = false;
    this.#checkRange('reference', this.#kernels.nextReference(reference));
    this.#hasReference = true;
    const { motion, motionForceZero } = this.#options;
    return hadReference && !motionForceZero ? this.#kernels.motionSad(motion === 'v3.1') : null;
  }

  /**
   * Compares a distorted picture with the current reference.
   *
   * @throws {FeaturesError} `NO_REFERENCE`, `WRONG_LENGTH` or `OUT_OF_RANGE`
   */
  measure(distorted: LumaPlane): PairFeatures {
    if (!this.#hasReference)
      throw new FeaturesError(
        'NO_REFERENCE',
        'distorted picture has no reference; pass nextReference one first',
      );
    checkPlane('distorted picture', distorted, this.#format);
    this.#checkRange('distorted picture', this.#kernels.setDistorted(distorted));
    const { vifGainLimit, admGainLimit, additive } = this.#options;
    const vif = vifScore(this.#kernels.vif(vifGainLimit));
    const sums = this.#kernels.adm(admGainLimit, additive);
    const adm = admScore(sums, this.#format);
    return additive ? { vif, adm, additive: additiveScore(sums, adm) } : { vif, adm };
  }

  /** Forgets all frames: the next reference is the first of another clip. */
  restart(): void {
    this.#hasReference = false;
  }

  #checkRange(name: string, usedBits: number): void {
    const { bitDepth } = this.#format;
    if (usedBits > bitDepth)
      throw new FeaturesError(
        'OUT_OF_RANGE',
        `${name} has a sample of ${usedBits} bits, ${bitDepth} are expected; check bit depth and byte order`,
      );
  }
}
