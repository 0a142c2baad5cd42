import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseMetrics, type AgreementMetrics, type MetricsDocument } from '@vqforge/artifact';
import { compareRuns, comparisonReport, MEASURES } from '@vqforge/report';
import { expect, test } from 'vitest';

const PINNED = fileURLToPath(new URL('../../../runs/fr_regressor_v1/metrics.json', import.meta.url));
const pinned = parseMetrics(readFileSync(PINNED));
const BOOTSTRAP = { resamples: 500, seed: 0 };

/** The pinned run with the folds changed. */
function changed(change: (fold: AgreementMetrics, source: string) => AgreementMetrics): MetricsDocument {
  const folds = Object.entries(pinned.loso.per_fold).map(
    ([source, fold]) => [source, change(fold, source)] as const,
  );
  return { ...pinned, loso: { ...pinned.loso, per_fold: Object.fromEntries(folds) } };
}

const worse = changed((fold) => ({
  ...fold,
  rmse: (fold.rmse as number) + 1,
  plcc: (fold.plcc as number) - 0.01,
}));

test('a shift of every fold is its mean difference, and its interval has no width', () => {
  const { differences, sources } = compareRuns(
    [
      { name: 'a', metrics: pinned },
      { name: 'b', metrics: worse },
    ],
    BOOTSTRAP,
  );
  expect(sources).toHaveLength(9);
  const of = (measure: string): object => differences.find((one) => one.measure === measure) as object;
  expect(of('rmse')).toMatchObject({ run: 'b', better: 0, worse: 9, folds: 9 });
  expect(of('plcc')).toMatchObject({ better: 0, worse: 9 });
  expect(of('srocc')).toMatchObject({ mean: 0, interval: { low: 0, high: 0 }, better: 0, worse: 0 });
  for (const [measure, shift] of [
    ['rmse', 1],
    ['plcc', -0.01],
  ] as const) {
    const { mean, interval } = of(measure) as { mean: number; interval: { low: number; high: number } };
    // sums of nine doubles near 1
    for (const value of [mean, interval.low, interval.high])
      expect(Math.abs(value - shift)).toBeLessThan(1e-12);
  }
});

test('order of runs turns the sign; one fold alone does not decide', () => {
  const lucky = changed((fold, source) => (source === 'Cars' ? { ...fold, rmse: 0 } : fold));
  const [forth, back] = [
    [pinned, lucky],
    [lucky, pinned],
  ].map(([a, b]) =>
    compareRuns(
      [
        { name: 'a', metrics: a as MetricsDocument },
        { name: 'b', metrics: b as MetricsDocument },
      ],
      BOOTSTRAP,
    ).differences.find(({ measure }) => measure === 'rmse'),
  );
  expect(forth?.mean).toBeLessThan(0);
  expect(back?.mean).toBe(-(forth?.mean as number));
  expect([forth?.better, forth?.worse, back?.better, back?.worse]).toEqual([1, 0, 0, 1]);
  // in a third of resamples the one fold is not drawn: (8/9)^9
  expect(forth?.interval?.high).toBe(0);
});

test('undefined measures leave the pair out; sources of some runs only are named; other tables are warned of', () => {
  const partial = changed((fold, source) => (source === 'Cars' ? { ...fold, krocc: null } : fold));
  const { Flower: _, ...folds } = partial.loso.per_fold;
  const other: MetricsDocument = {
    ...partial,
    loso: { ...partial.loso, per_fold: folds },
    dataset: { ...partial.dataset, content_digest: '0'.repeat(64) },
  };
  const comparison = compareRuns(
    [
      { name: 'a', metrics: pinned },
      { name: 'b', metrics: other },
    ],
    BOOTSTRAP,
  );
  expect(comparison.left_out).toEqual(['Flower']);
  expect(comparison.differences.map(({ measure, folds: count }) => [measure, count])).toEqual(
    MEASURES.map((measure) => [measure, measure === 'krocc' ? 7 : 8]),
  );
  expect(comparison.warnings).toEqual(['the runs learned from different tables']);
  expect(comparison.folds.krocc[comparison.sources.indexOf('Cars')]?.[1]).toBeNull();
});

test('runs without two sources in common cannot be compared', () => {
  const none: MetricsDocument = { ...pinned, loso: { ...pinned.loso, per_fold: {} } };
  const named = (metrics: MetricsDocument): { name: string; metrics: MetricsDocument } => ({
    name: 'x',
    metrics,
  });
  expect(() => compareRuns([named(pinned), named(none)], BOOTSTRAP)).toThrow(
    expect.objectContaining({ code: 'NOT_COMPARABLE' }),
  );
  expect(() => compareRuns([named(pinned)], BOOTSTRAP)).toThrow(
    expect.objectContaining({ code: 'NOT_COMPARABLE' }),
  );
});

test('the page names every run, escapes names, loads nothing, and is the same again', () => {
  const comparison = compareRuns(
    [
      { name: '<b>a', metrics: pinned },
      { name: 'b', metrics: worse },
      { name: 'c', metrics: pinned },
    ],
    BOOTSTRAP,
  );
  const page = comparisonReport(comparison);
  expect(page).toBe(comparisonReport(comparison));
  expect(page).toContain('&lt;b&gt;a');
  expect(page).not.toMatch(/<b>a|<script|https?:/);
  for (const source of comparison.sources) expect(page).toContain(source);
});
