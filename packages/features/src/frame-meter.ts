import type { MeasuredFrame, PairMeasurement, PlanePsnr } from './feature-calls.ts';
import { FeatureExtractor } from './feature-extractor.ts';
import type { FeatureOptions } from './feature-options.ts';
import type { LumaFormat } from './luma-plane.ts';
import { planePsnr } from './psnr.ts';

type Samples = Uint8Array | Uint16Array;

/** Planes of all clips at one moment. */
export interface MomentPlanes {
  readonly index: number;
  /** False for a frame that is passed over, of which only motion is measured. */
  readonly measured: boolean;
  /** Planes of the reference, then of each rendition: luma, and chroma where PSNR is measured. */
  readonly clips: readonly (readonly Samples[])[];
}

/**
 * Measures runs of consecutive frames in one thread. Frames of a clip may be spread over threads in runs; each begins with the
 * reference's luma of the frame before. `FeatureSequence` puts them together.
 *
 * @example
 * const meter = new FrameMeter({ width: 64, height: 48, bitDepth: 8 });
 * const grey = new Uint8Array(64 * 48).fill(128);
 * const [frame] = meter.measure(null, [{ index: 0, measured: true, clips: [[grey], [grey]] }]);
 * frame.pairs[0].adm.adm2; // => 1
 */
export class FrameMeter {
  readonly #extractor: FeatureExtractor;
  readonly #bitDepth: number;
  readonly #psnr: boolean;

  /** @throws FeaturesError as `FeatureExtractor` */
  constructor(format: LumaFormat, options: FeatureOptions = {}, psnr = false) {
    this.#extractor = new FeatureExtractor(format, options);
    this.#bitDepth = format.bitDepth;
    this.#psnr = psnr;
  }

  /**
   * @param before luma of the reference in the frame before the first, null at the start of the clip
   * @throws FeaturesError WRONG_LENGTH | OUT_OF_RANGE
   */
  measure(before: Samples | null, frames: readonly MomentPlanes[]): MeasuredFrame[] {
    this.#extractor.restart();
    if (before !== null) this.#extractor.nextReference({ samples: before });
    return frames.map(({ index, measured, clips: [reference = [], ...distorted] }) => {
      const sad = this.#extractor.nextReference(lumaOf(reference));
      const pairs = measured ? distorted.map((clip) => this.#pair(reference, clip)) : [];
      return { index, sad, pairs };
    });
  }

  #pair(reference: readonly Samples[], distorted: readonly Samples[]): PairMeasurement {
    const features = this.#extractor.measure(lumaOf(distorted));
    return this.#psnr ? { ...features, psnr: psnrOf(reference, distorted, this.#bitDepth) } : features;
  }
}

function lumaOf(clip: readonly Samples[]): { samples: Samples } {
  return { samples: clip[0] as Samples };
}

function psnrOf(reference: readonly Samples[], distorted: readonly Samples[], bitDepth: number): PlanePsnr {
  const [y, cb, cr] = reference.map((plane, at) => planePsnr(plane, distorted[at] as Samples, bitDepth));
  return { y: y as number, ...(cb === undefined ? {} : { cb }), ...(cr === undefined ? {} : { cr }) };
}
