import { FeaturesError } from './errors.ts';

/** libvmaf's motion from 3.2.0 on, and that of every release before; they differ from the third decimal on. */
export type MotionVersion = 'v3.2' | 'v3.1';

/** How features are measured. The defaults are libvmaf's, which `vmaf_v0.6.1` was trained for. */
export interface FeatureOptions {
  /** `vif_enhn_gain_limit`, 1 to 100: how much of an enhancement VIF may reward. 100 is no limit in practice, 1 is NEG. */
  readonly vifGainLimit?: number;
  /** `adm_enhn_gain_limit`, 1 to 100: the same of ADM. */
  readonly admGainLimit?: number;
  /** `motion_force_zero`: motion is 0 in every frame and is not measured. */
  readonly motionForceZero?: boolean;
  readonly motion?: MotionVersion;
  /** Also measures AIM and adm3, which takes half of ADM's time again. */
  readonly additive?: boolean;
}

/** The options of `vmaf_v0.6.1neg`: no enhancement gain. */
export const NEG_OPTIONS: FeatureOptions = { vifGainLimit: 1, admGainLimit: 1 };

/**
 * All options, with their defaults.
 * @throws {FeaturesError} `INVALID_OPTION`
 */
export function completeOptions(options: FeatureOptions): Required<FeatureOptions> {
  const {
    vifGainLimit = 100,
    admGainLimit = 100,
    motionForceZero = false,
    motion = 'v3.2',
    additive = false,
  } = options;
  checkLimit('vifGainLimit', vifGainLimit);
  checkLimit('admGainLimit', admGainLimit);
  if (motion !== 'v3.2' && motion !== 'v3.1')
    throw new FeaturesError('INVALID_OPTION', `motion is ${JSON.stringify(motion)}; pass "v3.2" or "v3.1"`);
  return { vifGainLimit, admGainLimit, motionForceZero, motion, additive };
}

function checkLimit(name: string, value: number): void {
  if (!(value >= 1 && value <= 100))
    throw new FeaturesError('INVALID_OPTION', `${name} is ${value}, 1 to 100 are expected; 1 is NEG`);
}
