import { parseJson } from '@vqforge/base';
import { type RegressorSidecar } from '@vqforge/artifact';
import type { Report } from '@vqforge/registry';

/** Feature statistics of an earlier model; every dialect of lusoris/vmaf's sidecars that has them is understood. */
interface PreviousStatistics {
  readonly features: readonly string[];
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** A shift of one standard deviation is a finding, as in lusoris/vmaf's `validate-norm`. */
const SHIFT = 1;
/** Twice or half as wide: a standardised input of the old model would be as far off as by a shift of one. */
const SPREAD = 2;

/** Statistics in a sidecar of any dialect; null when it has none. */
export function previousStatistics(sidecar: Uint8Array): PreviousStatistics | null {
  let fields: Record<string, unknown>;
  try {
    fields = parseJson(sidecar) as Record<string, unknown>;
  } catch {
    return null;
  }
  const features = fields?.['feature_order'] ?? fields?.['features'];
  const mean = fields?.['feature_mean'] ?? fields?.['input_mean'];
  const std = fields?.['feature_std'] ?? fields?.['input_std'];
  const isList = (value: unknown, type: string): boolean =>
    Array.isArray(value) && value.every((item) => typeof item === type);
  if (!isList(features, 'string') || !isList(mean, 'number') || !isList(std, 'number')) return null;
  return { features: features as string[], mean: mean as number[], std: std as number[] };
}

/** Features whose mean moved by more than one old standard deviation, or whose spread doubled or halved. */
export function auditDrift(
  sidecar: RegressorSidecar,
  file: string,
  previous: PreviousStatistics,
  report: Report,
): void {
  const advice =
    'look at what changed in the data; a score of the new model is not comparable where features moved';
  const order = sidecar.feature_order.join(', ');
  if (order !== previous.features.join(', ')) {
    report('STATISTICS_DRIFT', 'warning', file, {
      expected: `features ${previous.features.join(', ')}`,
      got: order,
      advice,
    });
    return;
  }
  for (const [index, name] of sidecar.feature_order.entries()) {
    const [mean, std] = [sidecar.feature_mean[index] ?? NaN, sidecar.feature_std[index] ?? NaN];
    const [oldMean, oldStd] = [previous.mean[index] ?? NaN, previous.std[index] ?? NaN];
    const shift = Math.abs(mean - oldMean) / oldStd;
    const ratio = std / oldStd;
    if (shift <= SHIFT && ratio <= SPREAD && ratio >= 1 / SPREAD) continue;
    report('STATISTICS_DRIFT', 'warning', file, {
      expected: `${name} near mean ${oldMean}, std ${oldStd}, as in the previous model`,
      got: `mean ${mean}, std ${std}: moved by ${shift.toFixed(2)} old std, ${ratio.toFixed(2)} times as wide`,
      advice,
    });
  }
}
