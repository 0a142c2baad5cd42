import type { AgreementMetrics, MetricsDocument } from '@vqforge/artifact';
import type { HeldOut } from '../predictions.ts';
import { clipsOf, sourceGroups, type Clip, type Group } from './residuals.ts';

/** Sources drawn one by one; of more, those with the largest RMSE. */
export const MOST_CHARTS = 24;

export type Folds = readonly (readonly [string, AgreementMetrics])[];

/** A run as its report sees it; without predictions there are no groups and no clips. */
export interface RegressorRun {
  readonly metrics: MetricsDocument;
  /** By name where all of them are drawn, else by RMSE, the largest first. */
  readonly folds: Folds;
  /** By source. */
  readonly groups: ReadonlyMap<string, Group>;
  readonly clips: readonly Clip[];
}

export function regressorRun(metrics: MetricsDocument, heldOut: HeldOut | undefined): RegressorRun {
  const byName = Object.entries(metrics.loso.per_fold).sort(([a], [b]) => (a < b ? -1 : 1));
  const groups = heldOut === undefined ? [] : sourceGroups(heldOut);
  return {
    metrics,
    folds: byName.length <= MOST_CHARTS ? byName : byError(byName),
    groups: new Map(groups.map((group) => [group.name, group])),
    clips: heldOut === undefined ? [] : clipsOf(heldOut),
  };
}

/** The largest RMSE first; an undefined one is the worst. */
export function byError(folds: Folds): Folds {
  return folds.toSorted(([, a], [, b]) => (b.rmse ?? Infinity) - (a.rmse ?? Infinity));
}
