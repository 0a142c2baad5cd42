import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import {
  findLogs,
  importLogs,
  loadFeatureTable,
  pairNames,
  TableError,
  type ImportOptions,
} from '@vqforge/table';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../helpers/table-files.ts';

const folder = temporaryFolder();

interface Logged {
  readonly name: string;
  readonly source?: string;
  readonly model?: string;
  readonly metrics: Readonly<Record<string, readonly (number | null)[]>>;
}

const CANONICAL = [
  'integer_adm2',
  'integer_vif_scale0',
  'integer_vif_scale1',
  'integer_vif_scale2',
  'integer_vif_scale3',
  'integer_motion2',
];

/** Six features and a score over three frames, all different, and whatever else. */
function metrics(base: number, others: Logged['metrics'] = {}): Logged['metrics'] {
  const named = [...CANONICAL, 'vmaf'].map((name, i) => [name, [0, 1, 2].map((row) => base + i + row / 8)]);
  return { ...Object.fromEntries(named), ...others };
}

async function logs(...logged: Logged[]): Promise<ImportOptions['logs']> {
  for (const { name, model, metrics } of logged) {
    const frames = [0, 1, 2].map((row) => ({
      frameNum: row * 5,
      metrics: Object.fromEntries(Object.entries(metrics).map(([metric, values]) => [metric, values[row]])),
    }));
    await writeFile(folder.path(name), JSON.stringify({ params: { model }, frames }));
  }
  return logged.map(({ name, source }) => ({
    path: folder.path(name),
    ...pairNames(name),
    ...(source === undefined ? {} : { source }),
  }));
}

const settings = { features: 'canonical6', teacher: 'vmaf' } as const;

async function refusal(options: ImportOptions): Promise<string> {
  const error: unknown = await importLogs(options).catch((thrown: unknown) => thrown);
  if (error instanceof TableError) return `${error.code}: ${error.message}`;
  throw new Error(`expected a TableError, got ${String(error)}`);
}

test('logs become the table that training reads', async () => {
  const out = folder.path('table.parquet');
  const { table, columns, leftOut } = await importLogs({
    ...settings,
    logs: await logs({ name: 'b_1.json', metrics: metrics(20) }, { name: 'a_2.json', metrics: metrics(10) }),
    out,
  });
  expect(table.source).toEqual({ names: ['a', 'b'], codes: Uint32Array.of(0, 0, 0, 1, 1, 1) });
  expect(table.disBasename?.names).toEqual(['a_2', 'b_1']);
  expect([...table.frameIndex!]).toEqual([0, 5, 10, 0, 5, 10]);
  expect([...table.columns.get('adm2')!]).toEqual([10, 10.125, 10.25, 20, 20.125, 20.25]);
  expect([...table.columns.get('vmaf')!]).toEqual([16, 16.125, 16.25, 26, 26.125, 26.25]);
  expect(table.teacherModels).toBeUndefined();
  expect(columns).toEqual(['adm2', 'vif_scale0', 'vif_scale1', 'vif_scale2', 'vif_scale3', 'motion2']);
  expect(leftOut).toEqual([]);
  const read = await loadFeatureTable({ paths: [out], features: 'canonical6' });
  expect(read.contentDigest).toBe(table.contentDigest);
});

test('the same logs give the same bytes in any order', async () => {
  const given = await logs(
    { name: 'b_1.json', metrics: metrics(20) },
    { name: 'a_2.json', metrics: metrics(10) },
  );
  const bytes = async (order: ImportOptions['logs']): Promise<Buffer> => {
    await importLogs({ ...settings, logs: order, out: folder.path('ordered.parquet') });
    return readFile(folder.path('ordered.parquet'));
  };
  expect(await bytes(given.toReversed())).toEqual(await bytes(given));
});

test('what not every log has in every frame is left out, and so are scores that are not the teacher', async () => {
  const { columns, leftOut, unknown } = await importLogs({
    ...settings,
    logs: await logs(
      {
        name: 'a_1.json',
        metrics: metrics(1, {
          psnr_y: [1, 2, 3],
          cambi: [1, null, 3],
          vmaf_neg: [1, 2, 3],
          ciede2000: [1, 2, 3],
        }),
      },
      {
        name: 'b_1.json',
        metrics: metrics(2, {
          cambi: [1, 2, 3],
          vmaf_neg: [1, 2, 3],
          ciede2000: [1, 2, 3],
          source: [1, 2, 3],
        }),
      },
    ),
    out: folder.path('left-out.parquet'),
  });
  expect(columns.slice(6)).toEqual(['ciede2000']);
  expect(leftOut).toEqual(['cambi', 'psnr_y', 'source', 'vmaf_neg']);
  expect(unknown).toEqual(['source', 'vmaf_neg']);
});

test('another teacher, another set of features', async () => {
  const { table } = await importLogs({
    features: ['adm2', 'psnr_hvs'],
    teacher: 'vmaf_neg',
    logs: await logs({
      name: 'a_1.json',
      metrics: { integer_adm2: [1, 2, 3], psnr_hvs: [4, 5, 6], vmaf_neg: [7, 8, 9], vmaf: [1, 1, 1] },
    }),
    out: folder.path('other.parquet'),
  });
  expect([table.teacherColumn, table.featureColumns]).toEqual(['vmaf_neg', ['adm2', 'psnr_hvs']]);
});

test('the model that gave the score: as told, else as the logs say', async () => {
  const models = async (
    teacherModel: string | undefined,
    ...said: (string | undefined)[]
  ): Promise<unknown> => {
    const logged = said.map((model, i) => ({
      name: `${i}_1.json`,
      metrics: metrics(i),
      ...(model === undefined ? {} : { model }),
    }));
    const { table } = await importLogs({
      ...settings,
      logs: await logs(...logged),
      out: folder.path('models.parquet'),
      ...(teacherModel === undefined ? {} : { teacherModel }),
    });
    return table.teacherModels;
  };
  expect(await models('mine', undefined, 'vmaf_v0.6.1.pkl')).toEqual(['mine']);
  expect(await models(undefined, '/models/vmaf_v0.6.1.pkl', 'vmaf_v0.6.1.pkl')).toEqual(['vmaf_v0.6.1']);
  expect(await models(undefined, undefined, 'vmaf_v0.6.1.pkl')).toEqual(['vmaf_v0.6.1']);
});

describe('refused, and nothing is written', () => {
  test('a log that lacks what is needed, each of them named', async () => {
    const out = folder.path('refused.parquet');
    const given = await logs(
      { name: 'a_1.json', metrics: { ...metrics(1), integer_adm2: [1, null, 3] } },
      { name: 'b_1.json', metrics: { vmaf: [1, 2, 3] } },
    );
    expect(await refusal({ ...settings, logs: given, out })).toMatch(
      /^INVALID_VALUES: .*a_1.json: integer_adm2 has no finite value in 1 frame.*b_1.json: it has no adm2, no vif_scale0/,
    );
    await expect(readFile(out)).rejects.toThrow('ENOENT');
  });

  test('two logs of one pair', async () => {
    const given = await logs(
      { name: 'a_1.json', metrics: metrics(1) },
      { name: 'a_1.log', metrics: metrics(1) },
    );
    expect(await refusal({ ...settings, logs: given, out: folder.path('x.parquet') })).toMatch(
      /^DUPLICATE_KEY: .*a_1.json and .*a_1.log are both a_1 of a/,
    );
  });

  test('a teacher that is also a feature, a folder that is not there, an import that was stopped', async () => {
    const given = await logs({ name: 'a_1.json', metrics: metrics(1) });
    const out = folder.path('x.parquet');
    expect(await refusal({ features: ['vmaf'], teacher: 'vmaf', logs: given, out })).toMatch(
      /^INVALID_OPTION/,
    );
    expect(await refusal({ ...settings, logs: given, out: folder.path('no/x.parquet') })).toMatch(
      /^UNWRITABLE/,
    );
    expect(await refusal({ ...settings, logs: given, out, signal: AbortSignal.abort() })).toMatch(/^ABORTED/);
  });
});

test('logs are found in folders and by patterns, in the order that was asked for', async () => {
  for (const name of ['found/b_1.json', 'found/deep/a_1.csv', 'found/c_1.xml', 'found/notes.txt']) {
    await mkdir(dirname(folder.path(name)), { recursive: true });
    await writeFile(folder.path(name), '');
  }
  const names = async (...paths: string[]): Promise<string[]> =>
    (await findLogs(paths.map((path) => folder.path(path)))).map((path) => basename(path));
  expect(await names('found')).toEqual(['b_1.json', 'c_1.xml', 'a_1.csv']);
  expect(await names('found/c_1.xml', 'found/*.json')).toEqual(['c_1.xml', 'b_1.json']);
  expect(await names('found/notes.txt')).toEqual(['notes.txt']);
  const code = async (path: string): Promise<unknown> =>
    findLogs([folder.path(path)]).catch((error: unknown) => (error as TableError).code);
  expect(await code('found/none.json')).toBe('FILE_NOT_FOUND');
  expect(await code('found/*.log')).toBe('NO_FILES');
  await mkdir(folder.path('empty'));
  expect(await code('empty')).toBe('NO_FILES');
});

describe('the names of a pair', () => {
  test('come from the name of its log', () => {
    expect(pairNames('logs/BigBuckBunny_30_384_550.yuv.libvmaf.json')).toEqual({
      source: 'BigBuckBunny',
      disBasename: 'BigBuckBunny_30_384_550.yuv',
    });
    expect(pairNames('a_b.vmaf.XML').disBasename).toBe('a_b');
    expect(pairNames('x265-crf30@park.csv', /@(.*)/)).toEqual({
      source: 'park',
      disBasename: 'x265-crf30@park',
    });
    expect(pairNames('4k-park-30.csv', /^(4k|hd)-(?<source>[^-]+)/).source).toBe('park');
  });

  test.each([
    ['flower.json', undefined],
    ['_flower.json', undefined],
    ['flower_1.json', /nothing/],
    ['flower_1.json', /flower/],
  ])('unless it does not tell: %s', (name, pattern) => {
    expect(() => pairNames(name, pattern)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  });
});
