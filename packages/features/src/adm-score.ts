import type { AdmSums } from './kernels.ts';
import type { LumaFormat } from './luma-plane.ts';

/** One scale of ADM. */
export interface AdmScale {
  /** numerator / denominator: libvmaf's `integer_adm_scale0` to `3`. */
  readonly score: number;
  readonly numerator: number;
  readonly denominator: number;
}

/** The detail loss measure of one pair of pictures. */
export interface AdmScore {
  /** Σ numerators / Σ denominators, 1 where the latter is 0. Not clipped: enhanced noise passes 2. */
  readonly adm2: number;
  readonly numerator: number;
  readonly denominator: number;
  /** Scales 0 to 3, from half the resolution to a sixteenth of it. */
  readonly scales: readonly AdmScale[];
}

/** Scores of the additive part, beyond what `vmaf_v0.6.1` uses. */
export interface AdditiveScore {
  /** Additive impairment: Σ numerators of the additive part / Σ denominators. */
  readonly aim: number;
  /** max(0.5·adm2 + 0.5·(1 − aim), 0). */
  readonly adm3: number;
}

/** ADM of the sums of its scales. */
export function admScore({ numerators, denominators }: AdmSums, { width, height }: LumaFormat): AdmScore {
  const limit = (1e-10 * (width * height)) / (1920 * 1080);
  const scales = numerators.map((numerator, scale) => {
    const denominator = denominators[scale] as number;
    return { score: numerator / denominator, numerator, denominator };
  });
  const numerator = aboveLimit(sum(numerators), limit);
  const denominator = aboveLimit(sum(denominators), limit);
  return { adm2: denominator === 0 ? 1 : numerator / denominator, numerator, denominator, scales };
}

/** AIM and adm3 of the sums that adm2 was made of. */
export function additiveScore({ additive }: AdmSums, { adm2, denominator }: AdmScore): AdditiveScore {
  const aim = sum(additive) / denominator;
  return { aim, adm3: Math.max(adm2 * 0.5 + (1 - aim) * 0.5, 0) };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function aboveLimit(value: number, limit: number): number {
  return value < limit ? 0 : value;
}
