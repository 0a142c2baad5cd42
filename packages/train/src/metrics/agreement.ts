import type { AgreementMetrics } from '@vqforge/artifact';
import { krocc } from './krocc.ts';
import { allFinite, isConstant } from './paired.ts';
import { plcc } from './plcc.ts';
import { rmse } from './rmse.ts';
import { srocc } from './srocc.ts';

/**
 * All metrics on per-frame predictions as they are given; an undefined metric is null with a reason.
 *
 * @example agreement([1, 2, 3], [10, 20, 20]).srocc; // => 0.8660254037844387
 */
export function agreement(predicted: ArrayLike<number>, target: ArrayLike<number>): AgreementMetrics {
  const metrics = {
    plcc: plcc(predicted, target),
    srocc: srocc(predicted, target),
    krocc: krocc(predicted, target),
    rmse: rmse(predicted, target),
  };
  const missing = Object.entries(metrics).filter(([, value]) => value === null);
  const counts = new Map<number, number>();
  let saturated = 0;
  for (let i = 0; i < target.length; i++) {
    const value = target[i] as number;
    counts.set(value, (counts.get(value) ?? 0) + 1);
    if (value === 0 || value === 100) saturated++;
  }
  const tied = [...counts.values()].reduce((sum, count) => sum + (count > 1 ? count : 0), 0);
  return {
    n: target.length,
    ...metrics,
    tied_target_fraction: target.length === 0 ? 0 : tied / target.length,
    saturated_fraction: target.length === 0 ? 0 : saturated / target.length,
    ...(missing.length > 0 && {
      undefined_because: Object.fromEntries(missing.map(([name]) => [name, whyUndefined(predicted, target)])),
    }),
  };
}

function whyUndefined(predicted: ArrayLike<number>, target: ArrayLike<number>): string {
  if (target.length < 2) return `${target.length} row(s), at least 2 are needed`;
  if (!allFinite(predicted)) return 'a prediction is not finite';
  if (!allFinite(target)) return 'a target is not finite';
  if (isConstant(target)) return `every target is ${target[0]}`;
  if (isConstant(predicted)) return `every prediction is ${predicted[0]}`;
  return 'the squares of the numbers overflow or vanish';
}
