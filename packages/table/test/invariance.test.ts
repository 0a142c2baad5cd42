import { mkdir } from 'node:fs/promises';
import { CODECS, type ColumnType, type FeatureTable } from '@vqforge/table';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  type Columns,
  pickRows,
  replace,
  seeded,
  shuffled,
  smallTable,
  valuesOf,
  without,
} from './helpers/small-table.ts';
import { contentOf, load, temporaryFolder, writeColumns } from './helpers/table-files.ts';
import { caseTable } from '../../../testing/case-table.ts';

const folder = temporaryFolder();
const columns = smallTable();
const rows = valuesOf(columns, 'vmaf').length;
let expected: FeatureTable;

beforeAll(async () => {
  expected = await load(await writeColumns(folder.path('plain.parquet'), columns));
});

test('the table holds what was written, in order of the keys', () => {
  expect(expected.rows).toBe(rows);
  expect(expected.source.names).toEqual(['Bottles', 'Cars', 'Flower']);
  expect([...expected.frameIndex!].slice(0, 11)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0]);
  for (const [name, values] of expected.columns) expect([...values]).toEqual(valuesOf(columns, name));
  expect([...expected.columns.keys()]).toEqual(['vmaf', ...expected.featureColumns]);
});

describe('the layout of a file does not show', () => {
  test.each(CODECS)('codec %s', async (codec) => {
    expect(
      contentOf(await load(await writeColumns(folder.path(`${codec}.parquet`), columns, { codec }))),
    ).toEqual(contentOf(expected));
  });

  test.each(caseTable([7], [1, 59]))('row groups of %i rows', async (rowGroupRows) => {
    expect(
      contentOf(
        await load(
          await writeColumns(folder.path(`groups-${rowGroupRows}.parquet`), columns, { rowGroupRows }),
        ),
      ),
    ).toEqual(contentOf(expected));
  });

  test('column order', async () => {
    const order = Object.keys(columns).reverse();
    expect(
      contentOf(await load(await writeColumns(folder.path('reversed.parquet'), columns, { order }))),
    ).toEqual(contentOf(expected));
  });

  test('extra columns of any type', async () => {
    const extra: Columns = {
      codec: { type: 'dictionary', values: Array<string>(rows).fill('x264') },
      broken: { type: 'float64', values: Array<number>(rows).fill(NaN) },
      empty: { type: 'string', values: Array<null>(rows).fill(null) },
      flag: { type: 'bool', values: Array<boolean>(rows).fill(true) },
      ...columns,
      'adm2.x': { type: 'float64', values: Array<number>(rows).fill(1) },
    };
    expect(contentOf(await load(await writeColumns(folder.path('extra.parquet'), extra)))).toEqual(
      contentOf(expected),
    );
  });

  test('metadata', async () => {
    const metadata = { key: 'vmafx_schema_version', value: '2' };
    expect(
      contentOf(await load(await writeColumns(folder.path('metadata.parquet'), columns, { metadata }))),
    ).toEqual(contentOf(expected));
  });
});

describe('types that hold the same values do not show', () => {
  test.each<ColumnType>(['large_string', 'dictionary'])('names as %s', async (type) => {
    const typed = replace(replace(columns, 'source', { type }), 'dis_basename', { type });
    expect(
      contentOf(await load(await writeColumns(folder.path(`${type}.parquet`), typed, { rowGroupRows: 13 }))),
    ).toEqual(contentOf(expected));
  });

  test('measures as float32', async () => {
    const typed = replace(replace(columns, 'vmaf', { type: 'float32' }), 'adm2', { type: 'float32' });
    expect(contentOf(await load(await writeColumns(folder.path('float32.parquet'), typed)))).toEqual(
      contentOf(expected),
    );
  });

  test.each(
    caseTable<ColumnType>(
      ['int32', 'uint64', 'float64'],
      ['int8', 'int16', 'int64', 'uint8', 'uint16', 'uint32', 'float32'],
    ),
  )('frame_index as %s', async (type) => {
    const values = valuesOf(columns, 'frame_index').map((value) =>
      type.endsWith('64') && type !== 'float64' ? value : Number(value),
    );
    const typed = replace(columns, 'frame_index', { type, values });
    expect(contentOf(await load(await writeColumns(folder.path(`frame-${type}.parquet`), typed)))).toEqual(
      contentOf(expected),
    );
  });

  test('whole measures as any integer', async () => {
    const whole = replace(columns, 'motion2', {
      type: 'float64',
      values: valuesOf(columns, 'motion2').map((_, i) => i % 100),
    });
    const { contentDigest } = await load(await writeColumns(folder.path('whole.parquet'), whole));
    for (const type of caseTable<ColumnType>(['int8', 'uint16'], ['uint8', 'int16', 'int32', 'uint32'])) {
      const table = await load(
        await writeColumns(folder.path(`whole-${type}.parquet`), replace(whole, 'motion2', { type })),
      );
      expect(table.contentDigest).toBe(contentDigest);
    }
  });

  test('64-bit integers of either sign are read in full', async () => {
    const values = valuesOf(columns, 'motion2').map((_, i) => BigInt(i) * 4_294_967_297n - 60_000_000_000n);
    const typed = replace(columns, 'motion2', { type: 'int64', values });
    const table = await load(await writeColumns(folder.path('int64.parquet'), typed));
    expect([...table.columns.get('motion2')!]).toEqual(values.map(Number));
  });
});

describe('the order of rows does not show', () => {
  test.each(caseTable([1], [2, 3]))('shuffle %i', async (seed) => {
    const mixed = pickRows(columns, shuffled(rows, seeded(seed)));
    expect(
      contentOf(
        await load(await writeColumns(folder.path(`mixed-${seed}.parquet`), mixed, { rowGroupRows: 17 })),
      ),
    ).toEqual(contentOf(expected));
  });

  test('nor does the split into files, a folder, or a pattern', async () => {
    await mkdir(folder.path('split/deeper'), { recursive: true });
    const mixed = shuffled(rows, seeded(4));
    const files = await Promise.all(
      [mixed.slice(0, 20), mixed.slice(20, 21), mixed.slice(21)].map((part, i) =>
        writeColumns(
          folder.path(i === 2 ? 'split/deeper/c.parquet' : `split/${i}.parquet`),
          pickRows(columns, part),
        ),
      ),
    );
    for (const paths of [
      files,
      [...files].reverse(),
      [folder.path('split')],
      [folder.path('split/**/*.parquet')],
    ]) {
      const table = await load(paths);
      expect(contentOf(table)).toEqual(contentOf(expected));
      expect(table.files.map(({ path }) => path)).toEqual([...files].sort());
    }
    expect(contentOf(await load([folder.path('split'), ...files.slice(0, 1)]))).toEqual(contentOf(expected)); // a file named twice is read once
  });

  test.each([
    ['without dis_basename', ['dis_basename'], true],
    ['without frame_index', ['frame_index'], true],
    ['without both', ['dis_basename', 'frame_index'], true],
    ['with keys that are not read', [], false],
  ] as const)('%s, values decide', async (name, dropped, checkKeys) => {
    const less = without(columns, ...dropped);
    // ties in the teacher and the first feature, and both zeros, so that later columns and the sign have to decide
    const tied = replace(
      replace(less, 'vmaf', { values: valuesOf(less, 'vmaf').map((_, i) => (i % 3 === 0 ? -0 : 0)) }),
      'adm2',
      {
        values: valuesOf(less, 'adm2').map((_, i) => (i % 2) - 1),
      },
    );
    const once = await load(await writeColumns(folder.path(`${name}-1.parquet`), tied), { checkKeys });
    const mixed = pickRows(tied, shuffled(rows, seeded(5)));
    const again = await load(await writeColumns(folder.path(`${name}-2.parquet`), mixed), { checkKeys });
    expect(again.contentDigest).toBe(once.contentDigest);
    expect(again.columns).toEqual(once.columns);
    expect(again.source).toEqual(once.source);
  });
});

describe('what the digest is for', () => {
  test.each([
    [
      'a value in the last bit',
      replace(columns, 'adm2', {
        values: valuesOf(columns, 'adm2').map((v, i) => (i === 5 ? (v as number) + 2 ** -40 : v)),
      }),
    ],
    [
      'a name',
      replace(columns, 'dis_basename', {
        values: valuesOf(columns, 'dis_basename').map((v) => `${v as string}x`),
      }),
    ],
    [
      'a frame',
      replace(columns, 'frame_index', {
        values: valuesOf(columns, 'frame_index').map((v) => (v as bigint) + 1n),
      }),
    ],
    ['a missing row', pickRows(columns, shuffled(rows, seeded(6)).slice(1))],
  ])('%s shows', async (name, changed) => {
    const table = await load(await writeColumns(folder.path(`${name}.parquet`), changed));
    expect(table.contentDigest).not.toBe(expected.contentDigest);
  });

  test('teacher, features and their order show', async () => {
    const path = folder.path('plain.parquet');
    const digests = await Promise.all([
      load(path, { features: ['adm2', 'motion2'] }),
      load(path, { features: ['motion2', 'adm2'] }),
      load(path, { features: ['motion2'], teacherColumn: 'adm2' }),
      load(path, { features: ['adm2'], teacherColumn: 'motion2' }),
    ]);
    expect(new Set(digests.map(({ contentDigest }) => contentDigest)).size).toBe(4);
  });
});
