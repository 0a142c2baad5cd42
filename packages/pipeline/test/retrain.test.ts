import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { copyFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatManifest, parseSidecar, type DatasetManifest } from '@vqforge/artifact';
import { sha256 } from '@vqforge/base';
import { PipelineError, retrain, type RetrainResult } from '@vqforge/pipeline';
import { loadFeatureTable } from '@vqforge/table';
import { agreement } from '@vqforge/train';
import { beforeAll, expect, test } from 'vitest';
import { filesBelow, options, temporaryRoot, writeTable } from '../../../testing/workspace.ts';

let root: string;
let table: string;
let pinned: RetrainResult;

beforeAll(async () => {
  root = await temporaryRoot();
  table = await writeTable(join(root, 'table.parquet'));
  pinned = await retrain(options(root, table));
});

test('without flags the model goes to model/tiny and its evidence to runs/fr_regressor_v1', async () => {
  const files = [
    'model/tiny/fr_regressor_v1.json',
    'model/tiny/fr_regressor_v1.md',
    'model/tiny/fr_regressor_v1.onnx',
    'model/tiny/registry.json',
  ];
  const evidence = ['checkpoint.json', 'environment.json', 'metrics.json', 'predictions.parquet'].map(
    (name) => `runs/fr_regressor_v1/${name}`,
  );
  expect(await filesBelow(root)).toStrictEqual([...files, ...evidence, 'table.parquet']);
  for (const { path, sha256: digest } of pinned.written)
    expect({ path, digest: sha256(await readFile(path)) }).toStrictEqual({ path, digest });
  expect(pinned.written).toHaveLength(8);
  expect(pinned.metrics.run_provenance).toMatchObject({
    inputs: { parquet: [{ path: 'table.parquet', kind: 'file' }] },
    outputs: { predictions: { path: 'runs/fr_regressor_v1/predictions.parquet' } },
  });
});

test('the predictions are those that the metrics describe', async () => {
  const path = join(root, 'runs/fr_regressor_v1/predictions.parquet');
  const { rows, source, columns } = await loadFeatureTable({
    paths: [path],
    features: ['prediction'],
    teacherColumn: 'teacher',
  });
  const [prediction, teacher] = [columns.get('prediction')!, columns.get('teacher')!];
  expect(rows).toBe(120);
  for (const [code, name] of source.names.entries()) {
    const of = (values: Float64Array): Float64Array =>
      values.filter((_, row) => source.codes.at(row) === code);
    expect(agreement(of(prediction), of(teacher))).toStrictEqual(pinned.metrics.loso.per_fold[name]);
  }
});

test('a run that does not ship has a folder of its own and leaves the pinned evidence', async () => {
  const before = await filesBelow(root);
  const evidence = await readFile(join(root, 'runs/fr_regressor_v1/metrics.json'));
  const evaluation = { export: false, features: ['motion2', 'adm2'] } as const;
  const evaluated = await retrain(options(root, table, { ...evaluation, keepPredictions: true }));
  const brief = await retrain(options(root, table, evaluation));
  const refused = await retrain(options(root, table, { shipThreshold: 2 }));
  const again = await retrain(options(root, table, { shipThreshold: 2 }));
  const paths = [evaluated, refused, again, brief].map(({ written }) =>
    written.map(({ path }) => path.slice(root.length + 1)),
  );
  const run = /^runs\/fr_regressor_v1-[0-9a-f]{8}\//;
  for (const path of paths.flat()) expect(path).toMatch(run);
  expect(paths.map((files) => files.map((path) => path.replace(run, '')))).toStrictEqual([
    ['predictions.parquet', 'metrics.json'],
    ['metrics.json'],
    ['metrics.json'],
    ['metrics.json'],
  ]);
  expect(paths[1]).toStrictEqual(paths[2]);
  expect(await filesBelow(root)).toStrictEqual([...before, ...paths[0]!, ...paths[1]!].sort());
  expect(await readFile(join(root, 'runs/fr_regressor_v1/metrics.json'))).toStrictEqual(evidence);
  expect(refused.metrics).toMatchObject({ shipped: false, in_sample: null });
});

test('a model of another seed is refused before training, and replaced when asked', async () => {
  const before = await filesBelow(root);
  const progress: number[] = [];
  const observer = { progress: (done: number) => progress.push(done) };
  await expect(retrain(options(root, table, { seed: 1, observer }))).rejects.toMatchObject({
    code: 'NEEDS_REPLACE',
  });
  expect(progress).toStrictEqual([]);
  expect(await filesBelow(root)).toStrictEqual(before);
});

test('an interrupt after training and before the publish leaves everything as it was', async () => {
  const before = await filesBelow(root);
  const stamp = (await stat(join(root, 'model/tiny/registry.json'), { bigint: true })).ctimeNs;
  const stop = new AbortController();
  let looks = 0;
  // the clock is read at the start, when the table is there, and when training is done
  const now = (): number => {
    if (++looks === 3) stop.abort();
    return looks;
  };
  const run = retrain(options(root, table, { seed: 1, replace: true, signal: stop.signal, now }));
  await expect(run).rejects.toMatchObject({ code: 'INTERRUPTED' });
  expect(looks).toBe(3);
  expect(await filesBelow(root)).toStrictEqual(before);
  expect((await stat(join(root, 'model/tiny/registry.json'), { bigint: true })).ctimeNs).toBe(stamp);
});

test('an interrupt between table and training is seen, also where the pool waits for the table', async () => {
  const stop = new AbortController();
  const run = retrain(
    options(root, table, {
      features: 'full',
      export: false,
      overrides: { epochs: 1_000_000 },
      signal: stop.signal,
      observer: { table: () => stop.abort() },
    }),
  );
  await expect(run).rejects.toMatchObject({ code: 'INTERRUPTED' });
});

test('there are no more threads than folds', async () => {
  let threads = 0;
  const count = (): void => void threads++;
  subscribe('worker_threads', count);
  try {
    await retrain(
      options(root, table, { workers: 256, export: false, outputs: { metricsOut: join(root, 'wide.json') } }),
    );
  } finally {
    unsubscribe('worker_threads', count);
  }
  // three folds, and one thread that decodes the table
  expect(threads).toBe(4);
});

test('arguments that name a place on the machine do not enter the documents', async () => {
  const argv = [
    'train',
    '--parquet',
    table,
    '--metrics-out=/home/ada/m.json',
    '../../home/ada/x.parquet',
    '~ada/y.parquet',
    '--lr',
    '1e-3',
    '--teacher-column',
    'vmaf',
  ];
  const { metrics } = await retrain(
    options(root, table, { argv, export: false, outputs: { metricsOut: join(root, 'argv.json') } }),
  );
  expect(metrics.run_provenance.argv).toStrictEqual([
    'train',
    '--parquet',
    'table.parquet',
    '--metrics-out=m.json',
    'x.parquet',
    'y.parquet',
    '--lr',
    '1e-3',
    '--teacher-column',
    'vmaf',
  ]);
});

function manifestOf(digest: string, contentDigest: string, change: Partial<DatasetManifest> = {}): string {
  return formatManifest({
    schema: 'vqforge-dataset-manifest-v1',
    id: 'mine',
    files: [{ path: 'table.parquet', sha256: digest, size_bytes: 1 }],
    content_digest: contentDigest,
    rows: 120,
    columns: [{ name: 'source', type: 'utf8' }],
    sources: ['a', 'b', 'c'].map((name) => ({
      name,
      rows: 40,
      pairs: 1,
      license: 'CC0-1.0',
      attribution: '',
    })),
    teacher: { column: 'vmaf', model: 'vmaf_v0.6.1' },
    license_notes: '',
    tool_versions: {},
    ...change,
  });
}

test('a table is called by its content: where the file lies and what it is called changes no byte', async () => {
  const elsewhere = await temporaryRoot();
  const moved = join(elsewhere, 'renamed.parquet');
  await copyFile(table, moved);
  const { written, metrics } = await retrain(options(elsewhere, moved));
  const { dataset } = pinned.metrics;
  expect(metrics.dataset).toStrictEqual({ ...dataset, id: `table-${dataset.content_digest.slice(0, 12)}` });
  const published = (files: RetrainResult['written']): string[] =>
    files.slice(0, 3).map(({ sha256 }) => sha256);
  expect(published(written)).toStrictEqual(published(pinned.written));

  // a manifest below datasets/ knows the same rows in any file
  await mkdir(join(elsewhere, 'datasets/broken'));
  await mkdir(join(elsewhere, 'datasets/mine'));
  await writeFile(join(elsewhere, 'datasets/broken/manifest.json'), '{');
  await writeFile(
    join(elsewhere, 'datasets/mine/manifest.json'),
    manifestOf('ab'.repeat(32), dataset.content_digest),
  );
  const known = await retrain(options(elsewhere, moved));
  expect(known.metrics.dataset.id).toBe('mine');
  expect(parseSidecar(await readFile(join(elsewhere, 'model/tiny/fr_regressor_v1.json')))).toMatchObject({
    training: { dataset: 'mine' },
    teacher: { column: 'vmaf', model: 'vmaf_v0.6.1' },
  });
});

test('the manifest beside the table is checked, and its sources are the folds to expect', async () => {
  const elsewhere = await temporaryRoot();
  const parquet = join(elsewhere, 'table.parquet');
  await copyFile(table, parquet);
  const manifest = join(elsewhere, 'manifest.json');
  const run = (): Promise<RetrainResult> => retrain(options(elsewhere, parquet));
  await writeFile(manifest, manifestOf('ab'.repeat(32), 'cd'.repeat(32)));
  await expect(run()).rejects.toMatchObject({ code: 'STALE_MANIFEST' });
  const lost = { name: 'lost', rows: 0, pairs: 0, license: 'CC0-1.0', attribution: '' };
  const sources = ['a', 'b', 'c'].map((name) => ({ ...lost, name, rows: 40 }));
  await writeFile(
    manifest,
    manifestOf(sha256(await readFile(table)), 'cd'.repeat(32), { sources: [...sources, lost] }),
  );
  expect((await run()).metrics.gate).toStrictEqual({ passed: false, reasons: ['missing fold(s): lost'] });
  await writeFile(
    manifest,
    manifestOf(sha256(await readFile(table)), 'cd'.repeat(32), { sources: sources.slice(0, 2), rows: 80 }),
  );
  expect((await run()).metrics.gate.reasons).toStrictEqual(['unexpected fold(s): c']);
  expect(await filesBelow(join(elsewhere, 'model'))).toStrictEqual([]);
});

test('the teacher of a mixed table is named whole, or the table is refused before training', async () => {
  const teachers = (names: string[]): Promise<string> =>
    writeTable(join(root, `${names.length}.parquet`), (columns) => [
      ...columns,
      {
        name: 'teacher_model',
        type: 'string',
        values: Array.from({ length: 120 }, (_, row) => names[row % names.length] as string),
      },
    ]);
  const run = async (names: string[]): Promise<RetrainResult> => {
    const parquet = await teachers(names);
    return retrain(
      options(root, parquet, { export: false, outputs: { metricsOut: join(root, 'teachers.json') } }),
    );
  };
  const { metrics } = await run(['one', 'two']);
  expect(metrics.warnings).toHaveLength(1);
  const many = Array.from({ length: 40 }, (_, i) => `vmaf_v0.6.${i}`);
  const error: unknown = await run(many).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(PipelineError);
  expect(error).toMatchObject({ code: 'BAD_NAME' });
});
