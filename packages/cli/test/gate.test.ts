import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatManifest } from '@vqforge/artifact';
import { sha256 } from '@vqforge/base';
import { beforeAll, expect, test } from 'vitest';
import { runCommands, type Outcome, trainLine } from './command.ts';
import { listing, temporaryFolder } from './folders.ts';
import { changed, rowsOf, tableColumns, writeTable } from './tables.ts';

interface Evidence {
  shipped: boolean;
  in_sample: unknown;
  artifacts: unknown;
  parity: unknown;
  expected_folds: string[];
  warnings: string[];
  gate: { passed: boolean; reasons: string[] };
  loso: { per_fold: Record<string, Record<string, unknown>> };
}

let folder: string;
let model: string;
let published: Record<string, string>;
const outcomes: Record<string, Outcome> = {};
const evidence: Record<string, Evidence> = {};

/** Every refusal is tried on the folder of a good model, which must survive it. */
beforeAll(async () => {
  folder = await temporaryFolder();
  model = join(folder, 'model');
  await mkdir(model);
  const good = tableColumns();
  const tables = {
    good,
    constantTeacher: changed(good, 'vmaf', (value, row) => (row < 60 ? 50 : value)),
    oneRow: rowsOf(
      good,
      Array.from({ length: 121 }, (_, row) => row),
    ),
    constantFeature: changed(good, 'adm2', () => 1),
    incomplete: good,
    wide: [
      ...good,
      ...['ssimulacra2', 'psnr_hvs', 'float_ssim', 'adm_scale3'].map((name, k) => ({
        ...good[4 + k]!,
        name,
      })),
      { name: 'codec', type: 'string' as const, values: good[0]!.values },
    ],
  };
  for (const [name, columns] of Object.entries(tables)) {
    await mkdir(join(folder, name));
    await writeTable(join(folder, name, 't.parquet'), columns);
  }
  await writeFile(
    join(folder, 'incomplete', 'manifest.json'),
    await manifest(join(folder, 'incomplete'), ['a', 'b', 'c', 'lost']),
  );
  const flags = (name: string, table: string, ...more: string[]): string[] => {
    const quick = ['--engine', 'native', '--workers', '1', '--json', '--replace'];
    const outputs = ['--out-onnx', join(model, 'm.onnx'), '--metrics-out', join(folder, `${name}.json`)];
    return trainLine(join(folder, table, 't.parquet'), 2, ...quick, ...outputs, ...more);
  };
  outcomes['published'] = (await runCommands([flags('published', 'good')]))[0]!;
  published = await listing(model);
  const runs: Record<string, string[]> = {
    threshold: flags('threshold', 'good', '--ship-threshold', '1.01'),
    constantTeacher: flags('constantTeacher', 'constantTeacher'),
    oneRow: flags('oneRow', 'oneRow'),
    missingFold: flags('missingFold', 'incomplete'),
    diverged: flags('diverged', 'good', '--lr', '1000'),
    noExport: flags(
      'noExport',
      'constantFeature',
      '--no-export',
      '--keep-predictions',
      '--feature-columns',
      'motion2,adm2',
    ),
    A: flags('A', 'wide', '--no-export', '--features', 'A'),
    B: flags('B', 'wide', '--no-export', '--features', 'B'),
    full: flags('full', 'wide', '--no-export', '--features', 'full'),
  };
  const results = await runCommands(Object.values(runs));
  for (const [i, name] of Object.keys(runs).entries()) outcomes[name] = results[i]!;
  for (const name of Object.keys(runs))
    evidence[name] = JSON.parse(await readFile(join(folder, `${name}.json`), 'utf8')) as Evidence;
});

async function manifest(dataset: string, sources: string[]): Promise<string> {
  const path = join(dataset, 't.parquet');
  const bytes = await readFile(path);
  return formatManifest({
    schema: 'vqforge-dataset-manifest-v1',
    id: 'incomplete',
    files: [{ path: 't.parquet', sha256: sha256(bytes), size_bytes: (await stat(path)).size }],
    content_digest: sha256('another table'),
    rows: 60 * sources.length,
    columns: [{ name: 'source', type: 'utf8' }],
    sources: sources.map((name) => ({ name, rows: 60, pairs: 2, license: 'CC0-1.0', attribution: 'nobody' })),
    teacher: { column: 'vmaf', model: 'vmaf_v0.6.1' },
    license_notes: 'generated',
    tool_versions: {},
  });
}

test.each([
  ['threshold', /^mean PLCC 0\.\d+ is below the ship threshold 1\.01$/],
  ['constantTeacher', /^plcc, srocc, krocc of fold a undefined: every target is 50$/],
  ['oneRow', /^plcc, srocc, krocc of fold c undefined: 1 row\(s\)/],
  ['missingFold', /^missing fold\(s\): lost$/],
  ['diverged', /^plcc, srocc, krocc, rmse of fold a undefined: .*lower the learning rate \(it is 1000\)$/],
])('the gate refuses: %s', (name, reason) => {
  const outcome = outcomes[name]!;
  expect(outcome).toMatchObject({ code: 3, stderr: '' });
  const { gate, ...rest } = evidence[name]!;
  expect(gate.passed).toBe(false);
  expect(gate.reasons).toContainEqual(expect.stringMatching(reason));
  expect(rest).toMatchObject({ shipped: false, in_sample: null, artifacts: null, parity: null });
  // what --json says is what the file says
  expect((JSON.parse(outcome.stdout) as { metrics: Evidence }).metrics).toStrictEqual({ gate, ...rest });
});

test('an undefined metric is null with a reason', () => {
  expect(evidence['constantTeacher']!.loso.per_fold['a']).toMatchObject({
    plcc: null,
    srocc: null,
    tied_target_fraction: 1,
    undefined_because: { plcc: expect.any(String), srocc: expect.any(String) },
  });
});

test('expected folds are those of the manifest', () => {
  expect(evidence['missingFold']!.expected_folds).toStrictEqual(['a', 'b', 'c', 'lost']);
});

test('--no-export evaluates any feature set and never ships; a constant feature is a warning', () => {
  expect(outcomes['noExport']).toMatchObject({ code: 0, stderr: '' });
  const { gate, shipped, artifacts, warnings } = evidence['noExport']!;
  expect({ passed: gate.passed, shipped, artifacts }).toStrictEqual({
    passed: true,
    shipped: false,
    artifacts: null,
  });
  expect(warnings).toStrictEqual([expect.stringMatching(/adm2/)]);
});

test.each([
  ['A', ['adm2', 'vif_scale0', 'vif_scale1', 'vif_scale2', 'vif_scale3', 'motion2', 'ssimulacra2']],
  ['B', ['adm2', 'adm_scale3', 'vif_scale2', 'motion2', 'ssimulacra2', 'psnr_hvs', 'float_ssim']],
  // every numeric column that is neither key nor teacher, sorted
  [
    'full',
    ['adm2', 'adm_scale3', 'float_ssim', 'motion2', 'psnr_hvs', 'ssimulacra2'].concat(
      [0, 1, 2, 3].map((scale) => `vif_scale${scale}`),
    ),
  ],
])('feature set %s is evaluated on its columns', (set, columns) => {
  expect(outcomes[set]).toMatchObject({ code: 0, stderr: '' });
  expect(evidence[set]).toMatchObject({ feature_subset: set, feature_cols: columns, shipped: false });
});

test('the published model is untouched, and a refused run writes its metrics alone', async () => {
  expect(outcomes['published']).toMatchObject({ code: 0 });
  expect(Object.keys(published).sort()).toStrictEqual(['m.json', 'm.md', 'm.onnx', 'registry.json']);
  expect(await listing(model)).toStrictEqual(published);
  const names = Object.keys(await listing(folder)).filter(
    (name) => !name.includes('/') && name.includes('.'),
  );
  const documents = [...Object.keys(evidence), 'published', 'published.checkpoint', 'published.environment'];
  expect(names.sort()).toStrictEqual(
    [
      ...documents.map((name) => `${name}.json`),
      // exported, or asked for
      ...['published', 'noExport'].map((name) => `${name}.predictions.parquet`),
    ].sort(),
  );
});
