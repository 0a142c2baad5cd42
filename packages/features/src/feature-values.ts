import type { PairMeasurement } from './feature-calls.ts';
import type { MotionScore } from './motion-sequence.ts';

/** A frame of one rendition: what its features are read from. */
export interface MeasuredPair {
  readonly motion: MotionScore;
  readonly pair: PairMeasurement;
}

type Read = (measured: MeasuredPair) => number | undefined;

const scales = [0, 1, 2, 3] as const;

/**
 * How every feature of a measured frame is read, by the short name that tables have for it; undefined where it was not
 * measured (`aim`, `adm3` and PSNR are measured on request, `motion3` is unknown to motion v3.1).
 *
 * @example FEATURE_VALUES.get('adm2')({ motion, pair }) // => 0.9341
 */
export const FEATURE_VALUES: ReadonlyMap<string, Read> = new Map<string, Read>([
  ['adm2', ({ pair }) => pair.adm.adm2],
  ...scales.map((scale): [string, Read] => [
    `adm_scale${scale}`,
    ({ pair }) => pair.adm.scales[scale]?.score,
  ]),
  ...scales.map((scale): [string, Read] => [
    `vif_scale${scale}`,
    ({ pair }) => pair.vif.scales[scale]?.score,
  ]),
  ['motion', ({ motion }) => motion.motion],
  ['motion2', ({ motion }) => motion.motion2],
  ['motion3', ({ motion }) => motion.motion3 ?? undefined],
  ['aim', ({ pair }) => pair.additive?.aim],
  ['adm3', ({ pair }) => pair.additive?.adm3],
  ['psnr_y', ({ pair }) => pair.psnr?.y],
  ['psnr_cb', ({ pair }) => pair.psnr?.cb],
  ['psnr_cr', ({ pair }) => pair.psnr?.cr],
]);

/**
 * The name that libvmaf gives a feature in its logs; options other than its defaults stand behind it.
 *
 * @param short as in tables, a key of `FEATURE_VALUES`
 * @param gainLimits of VIF and ADM; 100 is libvmaf's default and adds nothing
 * @example libvmafName('adm2', { vif: 1, adm: 1 }) // => 'integer_adm2_egl_1'
 */
export function libvmafName(
  short: string,
  gainLimits: { readonly vif: number; readonly adm: number },
): string {
  if (short.startsWith('psnr_')) return short;
  const limit = short.startsWith('vif_') ? gainLimits.vif : short.startsWith('motion') ? 100 : gainLimits.adm;
  return `integer_${short}${limit === 100 ? '' : `_egl_${limit}`}`;
}
