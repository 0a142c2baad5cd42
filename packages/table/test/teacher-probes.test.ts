import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  extendTable,
  loadFeatureTable,
  loadProbeTable,
  TableError,
  writeFeatureTable,
  type ColumnData,
} from '@vqforge/table';
import { FEATURES, smallTable, toBatch, valuesOf, type Columns } from './helpers/small-table.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vqforge-probes-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let files = 0;
async function written(columns: readonly ColumnData[]): Promise<string> {
  const path = join(folder, `${files++}.parquet`);
  await writeFeatureTable({ path, batches: [columns] });
  return path;
}

const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'no error',
    (error: unknown) => (error instanceof TableError ? error.code : error),
  );

/** A table with a second teacher column: the first one's scores, changed where told. */
async function twoTeachers(change: (score: number, row: number) => [number, number]): Promise<string> {
  const columns: Columns = smallTable();
  const pairs = valuesOf(columns, 'vmaf').map((score, row) => change(score as number, row));
  return written(
    toBatch({
      ...columns,
      vmaf: { type: 'float64', values: pairs.map(([score]) => score) },
      vmaf_unclipped: { type: 'float64', values: pairs.map(([, raw]) => raw) },
    }),
  );
}

describe('a table with the unclipped scores of its teacher', () => {
  const load = (path: string) => loadFeatureTable({ paths: [path], features: 'canonical6' });

  test('has them beside its teacher, in its digest, and never among its features', async () => {
    const path = await twoTeachers((score) => [score, score]);
    const table = await load(path);
    expect(table.unclippedColumn).toBe('vmaf_unclipped');
    expect(table.columns.get('vmaf_unclipped')).toEqual(table.columns.get('vmaf'));
    expect(table.columnDigests.map(({ name, role }) => `${name} ${role}`).slice(3, 6)).toEqual([
      'vmaf teacher',
      'vmaf_unclipped teacher',
      'adm2 feature',
    ]);
    const plain = await load(await written(toBatch(smallTable())));
    expect(plain.unclippedColumn).toBeUndefined();
    expect(plain.contentDigest).not.toBe(table.contentDigest);
    const full = await loadFeatureTable({ paths: [path], features: 'full' });
    expect(full.featureColumns).toEqual([...FEATURES].sort());
  });

  test.each<[what: string, change: (score: number, row: number) => [number, number]]>([
    ['equal within 1e-3', (score) => [score, score + 9e-4]],
    [
      'beyond the bounds where the teacher is at one',
      (score, row) => (row === 0 ? [100, 131] : row === 1 ? [0, -40] : [score, score]),
    ],
    [
      'just inside a bound',
      (score, row) => (row === 0 ? [100, 99.9995] : row === 1 ? [0, 0.0005] : [score, score]),
    ],
  ])('is accepted: %s', async (_, change) => {
    expect(await codeOf(load(await twoTeachers(change)))).toBe('no error');
  });

  test.each<[what: string, change: (score: number, row: number) => [number, number]]>([
    ['another score', (score, row) => [score, row === 7 ? score + 2e-3 : score]],
    ['inside where the teacher is at 100', (score, row) => (row === 7 ? [100, 99.9] : [score, score])],
    ['inside where the teacher is at 0', (score, row) => (row === 7 ? [0, 0.1] : [score, score])],
    ['beyond where the teacher is inside', (score, row) => (row === 7 ? [50, 120] : [score, score])],
  ])('is refused with its first row: %s', async (_, change) => {
    const loading = load(await twoTeachers(change));
    await expect(loading).rejects.toThrow(/disagree in 1 row \(row 7 of/);
    expect(await codeOf(loading)).toBe('TEACHERS_DISAGREE');
  });

  test('is refused where an unclipped score is NaN', async () => {
    expect(await codeOf(load(await twoTeachers((score, row) => [score, row === 2 ? NaN : score])))).toBe(
      'INVALID_VALUES',
    );
  });
});

describe('a table of probes', () => {
  const ROWS = 40;
  const probes = (changes: Record<string, ColumnData['values']> = {}): ColumnData[] => {
    const numbers = (k: number): Float64Array =>
      Float64Array.from({ length: ROWS }, (_, row) => ((row * (k + 3)) % 17) / 17);
    const columns: ColumnData[] = [
      {
        name: 'probe_index',
        type: 'uint32',
        values: Uint32Array.from({ length: ROWS }, (_, row) => ROWS - 1 - row),
      },
      ...FEATURES.map((name, k): ColumnData => ({ name, type: 'float64', values: numbers(k) })),
      { name: 'vmaf', type: 'float64', values: Float64Array.from(numbers(9), (value) => 100 * value) },
    ];
    return columns.map((column) => ({ ...column, values: changes[column.name] ?? column.values }));
  };
  const load = (path: string) => loadProbeTable({ paths: [path], features: 'canonical6' });

  test('is read by its index, whatever the order of its rows', async () => {
    const table = await load(await written(probes()));
    expect([...table.probeIndex]).toEqual([...Array(ROWS).keys()]);
    expect(table.columns.get('adm2')?.[ROWS - 1]).toBe(0);
    const columns = probes();
    const turned = columns.map((column) => ({ ...column, values: Array.from(column.values).toReversed() }));
    expect((await load(await written(turned as ColumnData[]))).contentDigest).toBe(table.contentDigest);
  });

  test('with a source is none: its rows could be held out', async () => {
    const source: ColumnData = { name: 'source', type: 'string', values: Array<string>(ROWS).fill('a') };
    expect(await codeOf(load(await written([...probes(), source])))).toBe('NOT_PROBES');
    expect(await codeOf(load(await written(toBatch(smallTable()))))).toBe('NOT_PROBES');
  });

  test('is no feature table, and says what it is for', async () => {
    const loading = loadFeatureTable({ paths: [await written(probes())], features: 'canonical6' });
    await expect(loading).rejects.toThrow(/--augment/);
    expect(await codeOf(loading)).toBe('MISSING_COLUMN');
  });

  test('with other columns, a NaN or an index twice is refused', async () => {
    const without = probes().filter(({ name }) => name !== 'motion2');
    expect(await codeOf(load(await written(without)))).toBe('MISSING_COLUMN');
    const nan = Float64Array.from({ length: ROWS }, (_, row) => (row === 3 ? NaN : 0.5));
    expect(await codeOf(load(await written(probes({ adm2: nan }))))).toBe('INVALID_VALUES');
    const twice = Uint32Array.from({ length: ROWS }, (_, row) => Math.min(row, ROWS - 2));
    expect(await codeOf(load(await written(probes({ probe_index: twice }))))).toBe('DUPLICATE_KEY');
  });
});

describe('extendTable', () => {
  test('adds columns at the end and leaves all others and the order of rows', async () => {
    const path = await written([
      ...toBatch(smallTable()),
      { name: 'note', type: 'dictionary', values: Array.from({ length: 60 }, (_, row) => `n${row % 3}`) },
    ]);
    const out = join(folder, 'extended.parquet');
    const { rows } = await extendTable({
      path,
      out,
      columns: ({ numbers, names }) => {
        expect(names('note')).toEqual(['n0', 'n1', 'n2']);
        expect(numbers('note')).toBeUndefined();
        return [
          {
            name: 'twice',
            type: 'float64',
            values: Float64Array.from(numbers('adm2')!, (value) => 2 * value),
          },
          { name: 'teacher_model', type: 'dictionary', values: Array.from({ length: 60 }, () => 'mine') },
        ];
      },
    });
    expect(rows).toBe(60);
    const before = await loadFeatureTable({ paths: [path], features: 'canonical6' });
    const after = await loadFeatureTable({ paths: [out], features: [...FEATURES, 'twice'] });
    expect(after.teacherModels).toEqual(['mine']);
    expect(after.columns.get('twice')).toEqual(before.columns.get('adm2')!.map((value) => 2 * value));
    const same = await loadFeatureTable({ paths: [out], features: 'canonical6' });
    expect(same.contentDigest).toBe(before.contentDigest);
  });

  test('refuses NaN where numbers are asked for, and what is no table', async () => {
    const columns = smallTable();
    valuesOf(columns, 'adm2')[5] = NaN;
    const path = await written(toBatch(columns));
    const label = (input: string) =>
      extendTable({
        path: input,
        out: join(folder, 'never.parquet'),
        columns: ({ numbers }) => [{ name: 'x', type: 'float64', values: numbers('adm2')! }],
      });
    await expect(label(path)).rejects.toThrow(/adm2 .* in 1 row .*first in row 5/);
    expect(await codeOf(label(join(folder, 'absent.parquet')))).toBe('FILE_NOT_FOUND');
  });
});
