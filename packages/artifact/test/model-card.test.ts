import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { meanInterval } from '../src/mean-interval.ts';
import { modelCard } from '../src/model-card.ts';
import type { DatasetManifest } from '../src/dataset-manifest.ts';
import { parseSidecar, type DistanceSidecar } from '../src/sidecar.ts';
import { manifest, metrics, sidecar } from './documents.ts';

/** The lines between the two `---`. */
function frontMatter(card: string): string[] {
  const lines = card.split('\n');
  return lines.slice(1, lines.indexOf('---', 1));
}

test('the interval of a mean is that of R: t.test(c(1, 2, 4, 8))', () => {
  // mean 3.75, sd 3.095696; conf.int -1.175940 8.675940
  const [low, high] = meanInterval(3.75, 3.0956959368344519, 4)!;
  // the quantiles of tables have four digits
  expect(low).toBeCloseTo(-1.17594, 2);
  expect(high).toBeCloseTo(8.67594, 2);
  expect(meanInterval(1, 0, 1)).toBeNull();
});

test('a regressor: front matter, data, recipe, metrics with intervals, limits, licence', () => {
  const card = modelCard({ sidecar, metrics, manifest });
  expect(card.startsWith('---\nlicense: apache-2.0\nlibrary_name: onnx\ntags:\n  - vmaf\n')).toBe(true);
  const headings = card.split('\n').filter((line) => line.startsWith('## '));
  expect(headings).toStrictEqual(
    ['Use', 'Data', 'Recipe', 'Agreement with the teacher', 'Limits', 'Licence'].map(
      (title) => `## ${title}`,
    ),
  );
  const { mean_rmse: mean, std_rmse: std, n_folds: folds } = metrics.loso.summary;
  const interval = meanInterval(mean!, std!, folds)?.map((bound) => Math.max(0, bound).toFixed(8));
  expect(card).toContain(`| RMSE, points | ${mean!.toFixed(8)} | ${interval?.join(' to ') ?? ''} |`);
  for (const [source, { n }] of Object.entries(metrics.loso.per_fold))
    expect(card).toContain(`| ${source} | ${n} |`);
  for (const { name, license } of manifest.sources)
    expect(card).toMatch(new RegExp(`\\| ${name} .*${license}`));
  expect(card).toContain(sidecar.sha256);
});

test('keys in another order make the same card', () => {
  const folds = Object.entries(metrics.loso.per_fold);
  const turned = { ...metrics, loso: { ...metrics.loso, per_fold: Object.fromEntries(folds.toReversed()) } };
  expect(modelCard({ sidecar, metrics: turned, manifest })).toBe(modelCard({ sidecar, metrics, manifest }));
});

test('what is not there is left out', () => {
  const card = modelCard({ sidecar });
  expect(card).not.toContain('undefined');
  expect(card).not.toContain('model-index');
  expect(card).toContain('## Limits');
});

test('names from files end no line, open no markup and no key of the front matter', () => {
  const name = 'a\n---\nlicense: mit\n# b | <img src=x> `c` \u2028';
  const hostile: DatasetManifest = {
    ...manifest,
    sources: [{ name, rows: 1, pairs: 1, license: name, attribution: name }],
  };
  const training = { ...sidecar.training, dataset: name };
  const card = modelCard({ sidecar: { ...sidecar, license: name, training }, metrics, manifest: hostile });
  const lines = frontMatter(card);
  expect(lines[0]).toBe('license: other');
  expect(lines.every((line) => /^( *- |\s*)[a-z_-]+(:.*)?$/.test(line))).toBe(true);
  const body = card.slice(card.indexOf('\n---\n') + 5);
  expect(body).not.toMatch(/^(---|license: mit|# b)/m);
  expect(body).not.toMatch(/(?<!\\)<img/);
});

test('LPIPS: its weights and their licences', async () => {
  const pinned = await readFile(new URL('../../../model/tiny/lpips_sq.json', import.meta.url));
  const distance = parseSidecar(pinned) as DistanceSidecar;
  const card = modelCard({ sidecar: distance });
  for (const { name, license } of Object.values(distance.weight_sources))
    expect(card).toContain(`| ${name} | ${license} |`);
  expect(card).not.toContain('model-index');
});
