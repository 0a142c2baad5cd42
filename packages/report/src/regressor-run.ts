import type { AgreementMetrics, MetricsDocument } from '@vqforge/artifact';
import { rmse } from '@vqforge/train';
import { ReportError } from './errors.ts';
import type { HeldOut } from '@vqforge/table';
import { clipsOf, sourceGroups, type Clip, type Group } from './residuals.ts';

/** Sources drawn one by one; of more, those with the largest RMSE. */
export const MOST_CHARTS = 24;

export type Folds = readonly (readonly [string, AgreementMetrics])[];

/** A run as its report sees it; without predictions there are no groups and no clips. */
export interface RegressorRun {
  readonly metrics: MetricsDocument;
  /** By name where all of them are drawn, else by RMSE, the largest first. */
  readonly folds: Folds;
  /** Metrics of each fold, by its held-out source. */
  readonly groups: ReadonlyMap<string, Group>;
  readonly clips: readonly Clip[];
  /** Every row that was held out, in table order; undefined without predictions. */
  readonly rows: HeldOut | undefined;
  /** The features of these rows, by name; none where the table is not here. */
  readonly features: FeatureColumns;
}

/** [rows] each. */
export type FeatureColumns = ReadonlyMap<string, Float64Array>;

/**
 * Metrics and predictions of a run, joined for its page.
 *
 * @throws ReportError WRONG_PREDICTIONS where the predictions are of another run
 */
export function regressorRun(
  metrics: MetricsDocument,
  heldOut: HeldOut | undefined,
  features: FeatureColumns = new Map(),
): RegressorRun {
  const byName = Object.entries(metrics.loso.per_fold).sort(([a], [b]) => (a < b ? -1 : 1));
  const groups = heldOut === undefined ? [] : sourceGroups(heldOut);
  if (heldOut !== undefined) requireSameFolds(metrics, groups);
  return {
    metrics,
    folds: byName.length <= MOST_CHARTS ? byName : byError(byName),
    groups: new Map(groups.map((group) => [group.name, group])),
    clips: heldOut === undefined ? [] : clipsOf(heldOut),
    rows: heldOut,
    features,
  };
}

/** The largest RMSE first; an undefined one is the worst. */
export function byError(folds: Folds): Folds {
  return folds.toSorted(([, a], [, b]) => (b.rmse ?? Infinity) - (a.rmse ?? Infinity));
}

function requireSameFolds({ loso }: MetricsDocument, groups: readonly Group[]): void {
  const folds = new Map(Object.entries(loso.per_fold));
  const isSame = ({ name, teacher, prediction }: Group): boolean => {
    const fold = folds.get(name);
    const [reported, found] = [fold?.rmse ?? NaN, rmse(prediction, teacher) ?? NaN];
    // where a table does not name its frames, the same squares are summed in another order
    return fold?.n === teacher.length && Math.abs(reported - found) <= 1e-9 * (1 + reported);
  };
  if (groups.length === folds.size && groups.every(isSame)) return;
  throw new ReportError(
    'WRONG_PREDICTIONS',
    'the predictions beside the metrics do not have the folds, rows and errors that these report: they are of another run; train again, or remove them',
  );
}
