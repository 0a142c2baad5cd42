import type { LosoSummary, MetricsDocument, RecipeChoice } from '@vqforge/artifact';
import type { EngineName } from '@vqforge/base';
import { interval95, resampledMeans, type Bootstrap, type Interval } from '@vqforge/bapps';
import { ReportError } from './errors.ts';

/** The measures of a fold that runs are compared by. */
export const MEASURES = ['plcc', 'srocc', 'krocc', 'rmse'] as const;
export type Measure = (typeof MEASURES)[number];

/** A run with the name that a comparison calls it by. */
export interface NamedRun {
  readonly name: string;
  readonly metrics: MetricsDocument;
}

/** A run of a comparison, with the facts that tell it apart from the others. */
export interface ComparedRun {
  readonly name: string;
  readonly recipe: RecipeChoice;
  readonly engine: EngineName;
  readonly seed: number;
  readonly features: readonly string[];
  readonly dataset: { readonly id: string; readonly content_digest: string };
  readonly summary: LosoSummary;
}

/** How a run differs from the first one in one measure, over the folds where both have it. */
export interface Difference {
  readonly run: string;
  readonly measure: Measure;
  /** Mean over folds of (this run − the first one). */
  readonly mean: number | null;
  /** Interval of that mean, over resampled folds. */
  readonly interval: Interval | null;
  /** Folds where this run is better: a higher correlation, a lower error. */
  readonly better: number;
  readonly worse: number;
  readonly folds: number;
}

/** Runs side by side: their folds, and paired differences from the first run. */
export interface Comparison {
  readonly schema: 'vqforge/comparison-v1';
  readonly runs: readonly ComparedRun[];
  /** Held-out sources that all runs have, sorted. */
  readonly sources: readonly string[];
  /** Held-out sources of some runs only. */
  readonly left_out: readonly string[];
  /** One number per source and run, in their orders; null where it is undefined. */
  readonly folds: Readonly<Record<Measure, readonly (readonly (number | null)[])[]>>;
  readonly differences: readonly Difference[];
  readonly bootstrap: Bootstrap;
  readonly warnings: readonly string[];
}

/**
 * Compares runs fold by fold. The folds of two runs are pairs, since both held out the same source: what makes a source hard
 * cancels out. The interval of a mean difference comes from resampling the sources (percentile bootstrap), so it says how far the
 * difference would scatter over other sources of the same kind; it says nothing about other seeds.
 *
 * @param runs at least two; the first is what the others are held against
 * @throws ReportError NOT_COMPARABLE where fewer than two sources were held out by all of them
 */
export function compareRuns(runs: readonly NamedRun[], bootstrap: Bootstrap): Comparison {
  const perFold = runs.map(({ metrics }) => new Map(Object.entries(metrics.loso.per_fold)));
  const all = [...new Set(perFold.flatMap((folds) => [...folds.keys()]))].sort();
  const sources = all.filter((source) => perFold.every((folds) => folds.has(source)));
  if (runs.length < 2 || sources.length < 2)
    throw new ReportError(
      'NOT_COMPARABLE',
      `${runs.map(({ name }) => name).join(', ')} have ${sources.length} held-out sources in common, expected at least 2 runs with 2`,
    );
  const valuesOf = (run: number, measure: Measure): (number | null)[] =>
    sources.map((source) => perFold[run]?.get(source)?.[measure] ?? null);
  const rows = (measure: Measure): (number | null)[][] => {
    const columns = runs.map((_, run) => valuesOf(run, measure));
    return sources.map((_, row) => columns.map((column) => column[row] ?? null));
  };
  return {
    schema: 'vqforge/comparison-v1',
    runs: runs.map(comparedRun),
    sources,
    left_out: all.filter((source) => !sources.includes(source)),
    folds: { plcc: rows('plcc'), srocc: rows('srocc'), krocc: rows('krocc'), rmse: rows('rmse') },
    differences: runs
      .slice(1)
      .flatMap(({ name }, at) =>
        MEASURES.map((measure) =>
          difference(name, measure, valuesOf(0, measure), valuesOf(at + 1, measure), bootstrap),
        ),
      ),
    bootstrap,
    warnings: warningsOf(runs),
  };
}

function comparedRun({ name, metrics }: NamedRun): ComparedRun {
  const { recipe, engine, seed, feature_cols: features, dataset, loso } = metrics;
  const { id, content_digest } = dataset;
  return { name, recipe, engine, seed, features, dataset: { id, content_digest }, summary: loso.summary };
}

function difference(
  run: string,
  measure: Measure,
  first: readonly (number | null)[],
  second: readonly (number | null)[],
  bootstrap: Bootstrap,
): Difference {
  const paired = first.flatMap((value, row) => {
    const other = second[row] ?? null;
    return value === null || other === null ? [] : [other - value];
  });
  const isBetter = (change: number): boolean => (measure === 'rmse' ? change < 0 : change > 0);
  const mean = paired.length === 0 ? null : paired.reduce((sum, change) => sum + change, 0) / paired.length;
  return {
    run,
    measure,
    mean,
    interval:
      paired.length < 2
        ? null
        : interval95(resampledMeans(Float64Array.from(paired), `folds ${measure}`, bootstrap)),
    better: paired.filter(isBetter).length,
    worse: paired.filter((change) => change !== 0 && !isBetter(change)).length,
    folds: paired.length,
  };
}

/** What makes a difference something else than it seems. */
function warningsOf(runs: readonly NamedRun[]): string[] {
  const differs = (of: (run: NamedRun) => string): boolean => new Set(runs.map(of)).size > 1;
  return [
    ...(differs(({ metrics }) => metrics.dataset.content_digest)
      ? ['the runs learned from different tables']
      : []),
    ...(differs(({ metrics }) => teacherColumn(metrics)) ? ['the runs learned from different teachers'] : []),
    ...(runs.some(({ metrics }) => metrics.engine === 'native')
      ? ['a run of the native engine: its numbers depend on the CPU']
      : []),
  ];
}

function teacherColumn({ run_provenance: { args } }: MetricsDocument): string {
  return typeof args['teacher_column'] === 'string' ? args['teacher_column'] : '';
}
