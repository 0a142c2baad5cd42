import { copyFile, mkdir, readFile, symlink, truncate, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { patch, withoutArrowSchema } from './helpers/parquet-bytes.ts';
import {
  column,
  type Columns,
  pickRows,
  poke,
  replace,
  smallTable,
  valuesOf,
  without,
} from './helpers/small-table.ts';
import { load, refusal, temporaryFolder, writeColumns } from './helpers/table-files.ts';

const folder = temporaryFolder();
const columns = smallTable();
const rows = valuesOf(columns, 'vmaf').length;
const odd = (name: string): string => fileURLToPath(new URL(`fixtures/odd/${name}.parquet`, import.meta.url));
let good: string;

beforeAll(async () => {
  good = await writeColumns(folder.path('good.parquet'), columns, { codec: 'SNAPPY', rowGroupRows: 25 });
});

async function loadColumns(
  name: string,
  changed: Columns,
  options: Parameters<typeof load>[1] = {},
): ReturnType<typeof load> {
  return load(await writeColumns(folder.path(`${name}.parquet`), changed, { rowGroupRows: 25 }), options);
}

describe('paths', () => {
  test('none', async () => {
    expect(await refusal(load([]))).toMatch(/^NO_FILES: /);
  });
  test('a file that does not exist', async () => {
    expect(await refusal(load(folder.path('absent.parquet')))).toMatch(/^FILE_NOT_FOUND: .*absent\.parquet/);
  });
  test('a pattern without match', async () => {
    expect(await refusal(load(folder.path('absent-*.parquet')))).toMatch(/^NO_FILES: /);
  });
  test('a folder without parquet', async () => {
    await mkdir(folder.path('empty'));
    expect(await refusal(load(folder.path('empty')))).toMatch(/^NO_FILES: /);
  });
  test('a dangling link', async () => {
    await symlink(folder.path('nowhere'), folder.path('dangling.parquet'));
    expect(await refusal(load(folder.path('dangling.parquet')))).toMatch(/^FILE_NOT_FOUND: /);
  });
  test.skipIf(process.platform === 'win32')('a device, which would never end', async () => {
    expect(await refusal(load('/dev/zero'))).toMatch(/^UNREADABLE: /);
  });
});

describe('files', () => {
  test.each([
    ['no bytes', Buffer.alloc(0), 'NOT_PARQUET'],
    ['two bytes', Buffer.from('PA'), 'NOT_PARQUET'],
    ['text', Buffer.from('just some words\nand more\n'), 'NOT_PARQUET'],
    ['a log of libvmaf', Buffer.from('Frame,vmaf,\n0,90,\n'), 'NOT_PARQUET'],
    ['an encrypted footer', Buffer.from('PARE----PARE'), 'ENCRYPTED'],
    ['nothing but magic', Buffer.from('PAR1PAR1'), 'DAMAGED'],
    ['a footer longer than the file', Buffer.from('PAR1\xff\xff\xff\x7fPAR1', 'latin1'), 'DAMAGED'],
    ['a footer of length 0', Buffer.from('PAR1\0\0\0\0PAR1'), 'DAMAGED'],
    [
      'a footer that nests for ever',
      Buffer.concat([Buffer.from('PAR1'), Buffer.alloc(90, 0x1c), Buffer.from('\x5a\0\0\0PAR1')]),
      'DAMAGED',
    ],
    [
      'a list longer than the footer',
      Buffer.concat([
        Buffer.from('PAR1'),
        Buffer.from([0x29, 0xfc, 0xff, 0xff, 0xff, 0x0f]),
        Buffer.from('\x06\0\0\0PAR1'),
      ]),
      'DAMAGED',
    ],
  ])('%s', async (name, bytes, code) => {
    await writeFile(folder.path(name), bytes);
    expect(await refusal(load(folder.path(name)))).toMatch(new RegExp(`^${code}: .*${name}`));
  });

  test.each([1, 8, 100, 2000])('%i bytes short', async (missing) => {
    const path = folder.path(`short-${missing}.parquet`);
    await copyFile(good, path);
    await truncate(path, (await readFile(good)).length - missing);
    expect(await refusal(load(path))).toMatch(/^DAMAGED: /);
  });

  test('a good file beside a bad one', async () => {
    await writeFile(folder.path('bad.parquet'), 'PAR1');
    expect(await refusal(load([good, folder.path('bad.parquet')]))).toMatch(/^DAMAGED: /);
  });

  test('an unknown codec', async () => {
    const path = folder.path('lzo.parquet');
    await writeFile(path, patch(await readFile(good), { column: 'adm2', codec: 3 }));
    expect(await refusal(load(path))).toMatch(/^UNSUPPORTED_CODEC: .*adm2.*LZO/);
    expect((await load(path, { features: ['motion2'] })).rows).toBe(rows); // where it is not needed it does no harm
  });

  test('a column whose type one byte changed, with no Arrow schema to tell', async () => {
    const path = folder.path('type.parquet');
    const bytes = withoutArrowSchema(await readFile(good));
    await writeFile(path, bytes);
    expect((await load(path)).rows).toBe(rows);
    await writeFile(path, patch(bytes, { column: 'adm2', schemaType: 2 }));
    expect(await refusal(load(path))).toMatch(/^DAMAGED: .*adm2/);
  });

  test.each(['rows', 'values'] as const)('a count of %s that one byte changed', async (count) => {
    const path = folder.path(`${count}.parquet`);
    await writeFile(path, patch(await readFile(good), { column: 'adm2', count }));
    expect(await refusal(load(path))).toMatch(/^DAMAGED: /);
  });

  test('zeroed data', async () => {
    const bytes = await readFile(good);
    const path = folder.path('zeroed.parquet');
    await writeFile(path, bytes.fill(0, 4, 3000));
    expect(await refusal(load(path))).toMatch(/^DAMAGED: .*zeroed\.parquet/);
  });
});

describe('columns', () => {
  test('missing ones are all named, with what comes close', async () => {
    const renamed = {
      ...without(columns, 'vif_scale0', 'motion2', 'vmaf'),
      vif_scale_0: column(columns, 'vif_scale0'),
      VMAF: column(columns, 'vmaf'),
    };
    const message = await refusal(loadColumns('renamed', renamed));
    expect(message).toMatch(/^MISSING_COLUMN: /);
    expect(message).toMatch(
      /vmaf \(did you mean VMAF\?\), vif_scale0 \(did you mean vif_scale_0\?\), motion2/,
    );
  });

  test('a source is needed', async () => {
    expect(await refusal(loadColumns('no-source', without(columns, 'source')))).toMatch(
      /^MISSING_COLUMN: .*no column source/,
    );
  });

  test('a key that only some files have', async () => {
    const path = await writeColumns(folder.path('less.parquet'), without(columns, 'dis_basename'));
    expect(await refusal(load([good, path]))).toMatch(
      /^MISSING_COLUMN: .*less\.parquet has no column dis_basename/,
    );
  });

  test.each([
    ['a measure that is text', 'adm2', { type: 'string', values: Array<string>(rows).fill('0.5') }],
    ['a measure that is boolean', 'adm2', { type: 'bool', values: Array<boolean>(rows).fill(true) }],
    ['a source that is a number', 'source', { type: 'int32', values: Array<number>(rows).fill(1) }],
    [
      'a frame index that is text',
      'frame_index',
      { type: 'dictionary', values: Array<string>(rows).fill('1') },
    ],
  ] as const)('%s', async (name, column, change) => {
    const changed = replace(columns, column, { type: change.type, values: [...change.values] });
    expect(await refusal(loadColumns(name, changed))).toMatch(new RegExp(`^WRONG_TYPE: column ${column} of`));
  });

  // fixtures/make-fixtures.py: one column of each type, and two of one name
  test.each(['timestamp', 'date', 'time', 'binary', 'fixed', 'list', 'struct', 'nothing'])(
    'a feature of type %s',
    async (name) => {
      expect(await refusal(load(odd('columns'), { features: ['adm2', name] }))).toMatch(
        new RegExp(`^WRONG_TYPE: .*column ${name} .*, expected a float, an integer or a decimal$`),
      );
    },
  );

  test.each(['decimal', 'half'])('a feature of type %s is 1.5', async (name) => {
    const table = await load(odd('columns'), { features: ['adm2', name] });
    expect(new Set(table.columns.get(name))).toEqual(new Set([1.5]));
  });

  test('beside columns of any type, a name that occurs twice, and bytes that are no text', async () => {
    expect((await load(odd('columns'), { features: ['adm2'] })).rows).toBe(24);
    expect(await refusal(load(odd('columns'), { features: ['twice'] }))).toMatch(
      /^AMBIGUOUS_COLUMN: .*twice/,
    );
    expect(await refusal(load(odd('columns'), { features: ['struct.adm2'] }))).toMatch(/^MISSING_COLUMN: /);
    expect(await refusal(load(odd('binary-source'), { features: ['adm2'] }))).toMatch(
      /^WRONG_TYPE: column source .*BYTE_ARRAY/,
    );
  });

  test.each([
    ['no feature', { features: [] }],
    ['a feature twice', { features: ['adm2', 'adm2'] }],
    ['the teacher as a feature', { features: ['adm2', 'vmaf'] }],
    ['a key as a feature', { features: ['frame_index'] }],
    ['an unknown set', { features: 'canonical7' as 'canonical6' }],
    ['a set with the name of an object member', { features: 'constructor' as 'canonical6' }],
  ])('options: %s', async (_, options) => {
    expect(await refusal(load(good, options))).toMatch(/^INVALID_OPTION: /);
  });
});

describe('values', () => {
  const broken = poke(
    poke(poke(columns, 'adm2', { 3: null, 40: NaN, 41: NaN }), 'vmaf', { 0: -Infinity, 3: NaN }),
    'source',
    { 59: null },
  );

  test('null, NaN and infinite values are counted by column, with their first rows', async () => {
    const message = await refusal(loadColumns('broken', broken));
    expect(message).toMatch(/^INVALID_VALUES: /);
    expect(message).toMatch(/source has 1 null \(row 59 of .*broken\.parquet\)/);
    expect(message).toMatch(/vmaf has 1 NaN, 1 infinite \(rows 0, 3 of/);
    expect(message).toMatch(/adm2 has 1 null, 2 NaN \(rows 3, 40, 41 of/);
    expect(message).toContain('--drop-invalid');
  });

  test('or their rows are dropped and counted', async () => {
    const kept = pickRows(
      columns,
      valuesOf(columns, 'vmaf')
        .map((_, i) => i)
        .filter((i) => ![0, 3, 40, 41, 59].includes(i)),
    );
    const table = await loadColumns('dropped', broken, { dropInvalid: true });
    expect(table.rows).toBe(rows - 5);
    expect(table.droppedRows).toBe(5);
    expect(table.contentDigest).toBe((await loadColumns('kept', kept)).contentDigest);
  });

  test('a source of which every row is dropped is still expected', async () => {
    const lost = poke(
      columns,
      'motion2',
      Object.fromEntries(Array.from({ length: 20 }, (_, i) => [i + 20, Infinity])),
    );
    const table = await loadColumns('lost', lost, { dropInvalid: true });
    expect(table.source.names).toEqual(['Bottles', 'Flower']);
    expect(table.sourcesBeforeDrop).toEqual(['Bottles', 'Cars', 'Flower']);
    expect(Math.max(...table.source.codes)).toBe(1);
    expect(table.disBasename!.names).toEqual([
      'Bottles_0.y4m',
      'Bottles_1.y4m',
      'Flower_0.y4m',
      'Flower_1.y4m',
    ]);
  });

  test('nulls in a dictionary column', async () => {
    const changed = poke(replace(columns, 'dis_basename', { type: 'dictionary' }), 'dis_basename', {
      30: null,
    });
    expect(await refusal(loadColumns('null-name', changed))).toMatch(
      /^INVALID_VALUES: dis_basename has 1 null \(row 30/,
    );
    expect((await loadColumns('null-name', changed, { dropInvalid: true })).rows).toBe(rows - 1);
  });

  test('invalid values in columns that are not needed do not matter', async () => {
    expect(
      (await loadColumns('unneeded', poke(columns, 'adm2', { 1: NaN }), { features: ['motion2'] })).rows,
    ).toBe(rows);
  });

  test('nothing left, or nothing there', async () => {
    const all = poke(columns, 'vmaf', Object.fromEntries(valuesOf(columns, 'vmaf').map((_, i) => [i, NaN])));
    expect(await refusal(loadColumns('all', all, { dropInvalid: true }))).toMatch(/^NO_ROWS: /);
    expect(await refusal(loadColumns('nothing', pickRows(columns, [])))).toMatch(/^NO_ROWS: /);
  });

  test('more rows than allowed', async () => {
    expect(await refusal(load(good, { maxRows: 59 }))).toMatch(/^TOO_MANY_ROWS: .*60 rows/);
    expect((await load(good, { maxRows: 60 })).rows).toBe(60);
  });
});

describe('keys', () => {
  test('duplicates are counted and the first are named', async () => {
    const twice = pickRows(columns, [...Array(rows).keys(), 7, 7, 31]);
    const message = await refusal(loadColumns('twice', twice));
    expect(message).toMatch(/^DUPLICATE_KEY: 3 rows with the key/);
    expect(message).toMatch(/Bottles \/ Bottles_0\.y4m \/ 7 \(rows 7, 60 of/);
  });

  test('across files too', async () => {
    const copy = folder.path('copy.parquet');
    await copyFile(good, copy);
    expect(await refusal(load([good, copy]))).toMatch(/^DUPLICATE_KEY: 60 rows with the key/);
  });

  test('are not looked for where keys are not checked or not there', async () => {
    const twice = pickRows(columns, [...Array(rows).keys(), 7]);
    expect((await loadColumns('unchecked', twice, { checkKeys: false })).rows).toBe(rows + 1);
    expect((await loadColumns('keyless', without(twice, 'frame_index'))).rows).toBe(rows + 1);
  });

  test.each([
    ['negative', { type: 'int64', value: -1n }],
    ['fractional', { type: 'float64', value: 1.5 }],
    ['above 2^32 - 2', { type: 'int64', value: 4_294_967_295n }],
  ] as const)('a %s frame index', async (name, { type, value }) => {
    const typed =
      type === 'int64'
        ? columns
        : replace(columns, 'frame_index', { type, values: valuesOf(columns, 'frame_index').map(Number) });
    const changed = poke(typed, 'frame_index', { 12: value });
    for (const dropInvalid of [false, true]) {
      const message = await refusal(loadColumns(`frame-${name}`, changed, { dropInvalid }));
      expect(message).toMatch(/^INVALID_FRAME_INDEX: .* in 1 row \(row 12 of/);
    }
  });
});

describe('what is odd but no error', () => {
  test('a constant feature', async () => {
    const constant = replace(columns, 'vif_scale3', { values: Array<number>(rows).fill(0.25) });
    const { warnings } = await loadColumns('constant', constant);
    expect(warnings).toMatchObject([{ code: 'CONSTANT_FEATURE', column: 'vif_scale3' }]);
  });

  test('teachers that differ', async () => {
    const teachers = valuesOf(columns, 'vmaf').map((_, i) => (i < 30 ? 'vmaf_v0.6.1' : 'vmaf_v1.0.16_3d0h'));
    const { teacherModels, warnings } = await loadColumns('teachers', {
      ...columns,
      teacher_model: { type: 'dictionary', values: teachers },
    });
    expect(teacherModels).toEqual(['vmaf_v0.6.1', 'vmaf_v1.0.16_3d0h']);
    expect(warnings).toMatchObject([{ code: 'MIXED_TEACHERS', column: 'teacher_model' }]);
  });
});
