import type { Recipe } from './recipe.ts';

/**
 * The learning rate of a step, from + − * / alone.
 * `constant`: the peak. `smoothstep`: up in a straight line over the warm-up, then down to 0 along 1 − 3t² + 2t³,
 * the cubic that stays within 1.01 % of the peak of the usual half cosine and needs no transcendental function.
 *
 * @param step       0-based
 * @param totalSteps of the whole run
 */
export function learningRate(
  { learningRate: peak, schedule, warmup }: Recipe,
  step: number,
  totalSteps: number,
): number {
  if (schedule === 'constant') return peak;
  const rising = Math.floor(warmup * totalSteps);
  if (step < rising) return (peak * (step + 1)) / (rising + 1);
  const t = (step - rising) / Math.max(1, totalSteps - rising);
  return peak * (1 - t * t * (3 - 2 * t));
}
