import type { EngineName } from '@vqforge/base';
import type { RecipeChoice } from './fields.ts';
import type { LosoSummary, MetricsDocument } from './metrics-document.ts';

/** One training of a sweep. */
export interface SweepPoint {
  /** Name of its folder: a digest of what was asked for. */
  readonly key: string;
  readonly recipe: RecipeChoice;
  readonly seed: number;
  readonly summary: LosoSummary;
  readonly gate: MetricsDocument['gate'];
}

/** All seeds of one recipe: how its leave-one-source-out means scatter from seed to seed. */
export interface SweepSetting {
  /** Such as `standard, epochs 100`. */
  readonly name: string;
  readonly recipe: RecipeChoice;
  readonly seeds: readonly number[];
  readonly mean_plcc: Spread;
  readonly mean_srocc: Spread;
  readonly mean_rmse: Spread;
}

/** Mean, least and greatest over seeds of a mean over folds; null where one of them is undefined. */
interface Spread {
  readonly mean: number | null;
  readonly min: number | null;
  readonly max: number | null;
}

/** The results of a sweep; nothing of it is published. */
export interface Sweep {
  readonly schema: 'vqforge/sweep-v1';
  readonly dataset: { readonly id: string; readonly content_digest: string };
  readonly features: readonly string[];
  readonly engine: EngineName;
  /** Points that the grid has. */
  readonly size: number;
  /** By recipe and seed, in the order of the grid. */
  readonly points: readonly SweepPoint[];
  /** The least mean RMSE first. */
  readonly settings: readonly SweepSetting[];
}

/** Points grouped by recipe, in their order, then sorted by mean RMSE over seeds; undefined ones last. */
export function sweepSettings(points: readonly SweepPoint[]): SweepSetting[] {
  const groups = new Map<string, SweepPoint[]>();
  for (const point of points) {
    const name = settingName(point.recipe);
    groups.set(name, [...(groups.get(name) ?? []), point]);
  }
  const settings = [...groups].map(([name, group]): SweepSetting => {
    const of = (key: 'mean_plcc' | 'mean_srocc' | 'mean_rmse'): Spread =>
      spread(group.map(({ summary }) => summary[key]));
    return {
      name,
      recipe: (group[0] as SweepPoint).recipe,
      seeds: group.map(({ seed }) => seed),
      mean_plcc: of('mean_plcc'),
      mean_srocc: of('mean_srocc'),
      mean_rmse: of('mean_rmse'),
    };
  });
  return settings.sort((a, b) => (a.mean_rmse.mean ?? Infinity) - (b.mean_rmse.mean ?? Infinity));
}

/** A recipe in one line. @example settingName({ name: 'standard', overrides: { lr: 0.01 } }) // => 'standard, lr 0.01' */
export function settingName({ name, overrides }: RecipeChoice): string {
  return [name, ...Object.entries(overrides).map(([key, value]) => `${key} ${JSON.stringify(value)}`)].join(
    ', ',
  );
}

function spread(values: readonly (number | null)[]): Spread {
  const known = values.filter((value) => value !== null);
  if (known.length < values.length) return { mean: null, min: null, max: null };
  return {
    mean: known.reduce((sum, value) => sum + value, 0) / known.length,
    min: Math.min(...known),
    max: Math.max(...known),
  };
}
