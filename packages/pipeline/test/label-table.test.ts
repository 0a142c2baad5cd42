import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadFeatureTable, loadProbeTable, writeFeatureTable, type ColumnData } from '@vqforge/table';
import { RECIPES } from '@vqforge/train';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { identifyDataset } from '../src/dataset-files.ts';
import { labelTable, writeProbes } from '../src/label-table.ts';
import { chooseProbes } from '../src/probe-files.ts';

const NAMES = ['adm2', 'motion2', 'vif_scale0', 'vif_scale1', 'vif_scale2', 'vif_scale3'] as const;

/** An invented teacher in libvmaf's format; `rho` tells one from another. */
const teacher = (rho: number): string =>
  JSON.stringify({
    model_dict: {
      model_type: 'LIBSVMNUSVR',
      norm_type: 'linear_rescale',
      feature_names: NAMES.map((name) => `VMAF_integer_feature_${name}_score`),
      slopes: [0.012, 2.5, 0.0625, 1.25, 1.5, 1.75, 2],
      intercepts: [-0.3, -1.5, 0, -0.125, -0.5, -0.75, -1],
      score_clip: [0, 100],
      model: `svm_type nu_svr\nkernel_type rbf\ngamma 0.05\ntotal_sv 2\nrho ${rho}\nSV\n-2 1:0.65 2:0.34 3:0.09 4:0.61 5:0.69 6:0.73\n3 1:0.87 3:0.59 4:0.78 5:0.85 6:0.89\n`,
    },
  });

let folder: string;
const at = (name: string): string => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vqforge-label-'));
  await writeFile(at('one.json'), teacher(0.2));
  await writeFile(at('two.json'), teacher(0.3));
  await writeFeatureTable({ path: at('plain.parquet'), batches: [frames()] });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const ROWS = 60;
function frames(prefix = ''): ColumnData[] {
  return [
    { name: 'source', type: 'string', values: Array.from({ length: ROWS }, (_, row) => `s${row % 3}`) },
    ...NAMES.map((name, k): ColumnData => ({
      name: `${prefix}${name}`,
      type: 'float64',
      values: Float64Array.from({ length: ROWS }, (_, row) => ((row * (k + 5)) % 23) / 23),
    })),
  ];
}

const label = (table: string, model: string, out: string) =>
  labelTable({ table: at(table), teacher: at(model), out: at(out), cache: at('cache') });
const load = (name: string) =>
  loadFeatureTable({ paths: [at(name)], features: 'canonical6', fileDigests: true });

describe('labelTable', () => {
  test('adds the teacher’s scores, which agree, and its name with its digest', async () => {
    const { rows, model } = await label('plain.parquet', 'one.json', 'labelled.parquet');
    const digest = createHash('sha256').update(teacher(0.2)).digest('hex');
    expect([rows, model]).toEqual([ROWS, `one@sha256:${digest}`]);
    const table = await load('labelled.parquet');
    expect(table.teacherModels).toEqual([model]);
    const unclipped = table.columns.get('vmaf_unclipped')!;
    expect(table.columns.get('vmaf')).toEqual(unclipped.map((score) => Math.min(Math.max(score, 0), 100)));
    expect(new Set(unclipped).size).toBeGreaterThan(10);
  });

  test('understands libvmaf’s names, and gives the same bytes again', async () => {
    await writeFeatureTable({ path: at('named.parquet'), batches: [frames('integer_')] });
    await label('named.parquet', 'one.json', 'named-1.parquet');
    await label('named.parquet', 'one.json', 'named-2.parquet');
    expect(await readFile(at('named-2.parquet'))).toEqual(await readFile(at('named-1.parquet')));
    // labelled once more, its pages may be laid out otherwise; what it holds stays
    await label('named-1.parquet', 'one.json', 'named-3.parquet');
    const [once, twice] = await Promise.all(['named-1.parquet', 'named-3.parquet'].map((name) => load(name)));
    expect(twice!.contentDigest).toBe(once!.contentDigest);
  });

  test('refuses a table of another teacher, by its name or by its scores, and leaves no file', async () => {
    await label('plain.parquet', 'one.json', 'first.parquet');
    await expect(label('first.parquet', 'two.json', 'x.parquet')).rejects.toMatchObject({
      code: 'WRONG_TEACHER',
    });
    await writeFeatureTable({
      path: at('scored.parquet'),
      batches: [[...frames(), { name: 'vmaf', type: 'float64', values: new Float64Array(ROWS).fill(50) }]],
    });
    await expect(label('scored.parquet', 'one.json', 'x.parquet')).rejects.toThrow(/its vmaf of row 0 is 50/);
    await expect(readFile(at('x.parquet'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('refuses a table without the six features, itself as output, and a teacher that is not there', async () => {
    await writeFeatureTable({ path: at('few.parquet'), batches: [frames().slice(0, 4)] });
    await expect(label('few.parquet', 'one.json', 'x.parquet')).rejects.toMatchObject({
      code: 'MISSING_FEATURES',
    });
    await expect(label('plain.parquet', 'one.json', 'plain.parquet')).rejects.toMatchObject({
      code: 'BAD_OUTPUT',
    });
    await expect(label('plain.parquet', 'none.json', 'x.parquet')).rejects.toMatchObject({
      code: 'UNREADABLE',
    });
    const unpulled = {
      table: at('plain.parquet'),
      teacher: 'vmaf_v0.6.1',
      out: at('x.parquet'),
      cache: at('cache'),
    };
    await expect(labelTable(unpulled)).rejects.toThrow(/weights pull vmaf_v0\.6\.1/);
  });
});

describe('writeProbes and chooseProbes', () => {
  const probes = (model: string, out: string, seed = 0) =>
    writeProbes({ teacher: at(model), out: at(out), cache: at('cache'), rows: 200, seed });

  test('the same options give the same bytes, another seed others', async () => {
    await probes('one.json', 'p1.parquet');
    await probes('one.json', 'p2.parquet');
    await probes('one.json', 'p3.parquet', 1);
    expect(await readFile(at('p2.parquet'))).toEqual(await readFile(at('p1.parquet')));
    expect(await readFile(at('p3.parquet'))).not.toEqual(await readFile(at('p1.parquet')));
    const table = await loadProbeTable({ paths: [at('p1.parquet')], features: 'canonical6' });
    expect([table.rows, table.unclippedColumn]).toEqual([200, 'vmaf_unclipped']);
  });

  const choose = async (table: string, augment?: string, recipe = RECIPES.standard) => {
    const loaded = await load(table);
    const dataset = await identifyDataset(loaded, at('datasets'));
    return chooseProbes({
      table: loaded,
      dataset,
      datasets: at('datasets'),
      recipe,
      ...(augment === undefined ? {} : { augment }),
    });
  };

  test('probes join where their teacher is the table’s, by the digest of its model file', async () => {
    await label('plain.parquet', 'one.json', 'of-one.parquet');
    expect(await choose('of-one.parquet')).toEqual({ why: expect.stringMatching(/no probes of one@sha256/) });
    await mkdir(at('datasets/probes'), { recursive: true });
    await probes('one.json', 'datasets/probes/p.parquet');
    const found = await loadProbeTable({
      paths: [at('datasets/probes/p.parquet')],
      features: 'canonical6',
      fileDigests: true,
    });
    const model = found.teacherModels?.[0];
    await writeFile(
      at('datasets/probes/manifest.json'),
      JSON.stringify({
        schema: 'vqforge-dataset-manifest-v1',
        id: 'invented_probes',
        files: [{ path: 'p.parquet', sha256: found.files[0]?.sha256, size_bytes: found.files[0]?.bytes }],
        content_digest: found.contentDigest,
        rows: found.rows,
        columns: ['probe_index', 'vmaf', 'vmaf_unclipped', ...NAMES].map((name) => ({
          name,
          type: 'float64',
        })),
        sources: [],
        teacher: { column: 'vmaf', model },
        license_notes: '',
        tool_versions: {},
      }),
    );
    expect(await choose('of-one.parquet')).toMatchObject({ id: 'invented_probes' });
    expect(await choose('of-one.parquet', 'none')).toHaveProperty('why');
    expect(await choose('of-one.parquet', undefined, RECIPES.reference)).toHaveProperty('why');
    await label('plain.parquet', 'two.json', 'of-two.parquet');
    expect(await choose('of-two.parquet')).toHaveProperty('why');
  });

  test('probes that were asked for are taken, or refused with the reason', async () => {
    await label('plain.parquet', 'one.json', 'asked.parquet');
    await probes('one.json', 'mine.parquet', 5);
    await probes('two.json', 'others.parquet', 5);
    expect(await choose('asked.parquet', at('mine.parquet'))).toHaveProperty('table.rows', 200);
    await expect(choose('asked.parquet', at('others.parquet'))).rejects.toMatchObject({
      code: 'WRONG_TEACHER',
    });
    await expect(choose('asked.parquet', at('asked.parquet'))).rejects.toMatchObject({ code: 'NOT_PROBES' });
    await copyFile(at('one.json'), at('no.parquet'));
    await expect(choose('asked.parquet', at('no.parquet'))).rejects.toMatchObject({ code: 'NOT_PARQUET' });
  });
});
