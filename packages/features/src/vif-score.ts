import type { VifSums } from './kernels.ts';

/** One scale of VIF. */
export interface VifScale {
  /** numerator / denominator in single precision: libvmaf's `integer_vif_scale0` to `3`. Not clipped: it may pass 1. */
  readonly score: number;
  readonly numerator: number;
  readonly denominator: number;
}

/** Visual information fidelity of one pair of pictures. */
export interface VifScore {
  /** Scales 0 to 3, from the full resolution to an eighth of it. */
  readonly scales: readonly VifScale[];
  /** Sums over the scales and their quotient, 1 where the denominator is 0: libvmaf's `integer_vif` with its debug option. */
  readonly numerator: number;
  readonly denominator: number;
  readonly vif: number;
}

/** VIF of the sums of its scales. */
export function vifScore(sums: readonly VifSums[]): VifScore {
  const scales = sums.map(scaleScore);
  const numerator = scales.reduce((sum, scale) => sum + scale.numerator, 0);
  const denominator = scales.reduce((sum, scale) => sum + scale.denominator, 0);
  return { scales, numerator, denominator, vif: denominator === 0 ? 1 : numerator / denominator };
}

/**
 * num = f32(numeratorLog/2^11 + (flatPixels − (flatVariance/2^14)/255²)), den = f32(denominatorLog/2^11 + flatPixels): a flat
 * pixel counts as one, less what the distorted picture adds there.
 */
function scaleScore({ numeratorLog, denominatorLog, flatVariance, flatPixels }: VifSums): VifScale {
  const numerator = Math.fround(numeratorLog / 2048 + (flatPixels - flatVariance / 16384 / 65025));
  const denominator = Math.fround(denominatorLog / 2048 + flatPixels);
  return { score: Math.fround(numerator / denominator), numerator, denominator };
}
