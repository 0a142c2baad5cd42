import type { AgreementMetrics, LosoSummary } from '@vqforge/artifact';

/** Agreement on each held-out source, by its name. */
export type PerFold = ReadonlyMap<string, AgreementMetrics>;

const SUMMARISED = ['plcc', 'srocc', 'krocc', 'rmse'] as const;

/** Mean and sample standard deviation (ddof 1) over folds; null when a fold's metric is undefined or there are too few. */
export function summarise(perFold: PerFold): LosoSummary {
  const folds = [...perFold.values()];
  const moments = (name: (typeof SUMMARISED)[number]): { mean: number | null; std: number | null } => {
    const values = folds.map((fold) => fold[name]).filter((value) => value !== null);
    if (values.length < folds.length || folds.length === 0) return { mean: null, std: null };
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const squares = values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0);
    return { mean, std: values.length < 2 ? null : Math.sqrt(squares / (values.length - 1)) };
  };
  const [plcc, srocc, krocc, rmse] = [moments('plcc'), moments('srocc'), moments('krocc'), moments('rmse')];
  return {
    mean_plcc: plcc.mean,
    std_plcc: plcc.std,
    mean_srocc: srocc.mean,
    std_srocc: srocc.std,
    mean_krocc: krocc.mean,
    std_krocc: krocc.std,
    mean_rmse: rmse.mean,
    std_rmse: rmse.std,
    n_folds: folds.length,
  };
}

/** The verdict of the ship gate; `reasons` is empty exactly when `ship` is true. */
export interface Verdict {
  readonly ship: boolean;
  readonly reasons: readonly string[];
}

/**
 * Ship only if every expected fold is there and no other, every metric is a finite number, and the mean PLCC reaches
 * the threshold (equality passes).
 *
 * @param expectedFolds sources before any row was dropped, or the dataset manifest's list
 * @param threshold     lowest mean PLCC that ships; the commands' default is 0.95
 * @example shipGate(new Map([['a', agreement([1, 2, 3], [1, 2, 3])]]), ['a'], 0.95); // => { ship: true, reasons: [] }
 */
export function shipGate(perFold: PerFold, expectedFolds: readonly string[], threshold: number): Verdict {
  const reasons: string[] = [];
  const missing = expectedFolds.filter((source) => !perFold.has(source));
  const unexpected = [...perFold.keys()].filter((source) => !expectedFolds.includes(source));
  if (missing.length > 0) reasons.push(`missing fold(s): ${missing.join(', ')}`);
  if (unexpected.length > 0) reasons.push(`unexpected fold(s): ${unexpected.join(', ')}`);
  for (const [source, fold] of perFold) {
    for (const [why, names] of undefinedMetrics(fold))
      reasons.push(`${names.join(', ')} of fold ${source} undefined: ${why}`);
  }
  const mean = summarise(perFold).mean_plcc;
  if (!(mean !== null && mean >= threshold))
    reasons.push(
      mean === null ? 'mean PLCC is undefined' : `mean PLCC ${mean} is below the ship threshold ${threshold}`,
    );
  return { ship: reasons.length === 0, reasons };
}

/** The metrics of a fold that are not numbers, by the reason. */
function undefinedMetrics(fold: AgreementMetrics): Map<string, string[]> {
  const byReason = new Map<string, string[]>();
  for (const name of SUMMARISED) {
    const value = fold[name];
    if (value !== null && Number.isFinite(value)) continue;
    const why = fold.undefined_because?.[name] ?? 'not a finite number';
    byReason.set(why, [...(byReason.get(why) ?? []), name]);
  }
  return byReason;
}
