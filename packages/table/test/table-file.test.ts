import { access, mkdir, readdir, readFile } from 'node:fs/promises';
import { encodeFeatureTable, writeFeatureTable, type ColumnData } from '@vqforge/table';
import { expect, test } from 'vitest';
import { smallTable, toBatch } from './helpers/small-table.ts';
import { load, refusal, temporaryFolder, writeColumns } from './helpers/table-files.ts';

const folder = temporaryFolder();
const columns = smallTable();

test('the same table gives the same bytes', async () => {
  const options = { metadata: { key: 'vqforge', value: '{"b":1,"a":2}' }, rowGroupRows: 7 };
  const first = await readFile(await writeColumns(folder.path('first.parquet'), columns, options));
  const second = await readFile(await writeColumns(folder.path('second.parquet'), columns, options));
  expect(second.equals(first)).toBe(true);
  expect(first.includes('parquet-rs')).toBe(false); // no library version in the bytes
  expect(first.includes('{"b":1,"a":2}')).toBe(true);
});

test('batches are one table', async () => {
  const half = (from: number, to: number): ColumnData[] =>
    toBatch(columns).map(({ name, type, values }) => ({
      name,
      type,
      values: Array.from(values).slice(from, to),
    }));
  const path = folder.path('batches.parquet');
  await writeFeatureTable({ path, batches: [half(0, 33), half(33, 60)] });
  const whole = await load(await writeColumns(folder.path('whole.parquet'), columns));
  expect((await load(path)).contentDigest).toBe(whole.contentDigest);
});

test('encoding gives the bytes that writing does', async () => {
  const path = folder.path('written.parquet');
  await writeFeatureTable({ path, batches: [toBatch(columns)] });
  expect(await readFile(path)).toEqual(await encodeFeatureTable({ batches: [toBatch(columns)] }));
});

test('what cannot be written leaves nothing', async () => {
  expect(await refusal(writeColumns(folder.path('no/such/folder.parquet'), columns))).toMatch(
    /^UNWRITABLE: /,
  );
  await mkdir(folder.path('taken.parquet'));
  expect(await refusal(writeColumns(folder.path('taken.parquet'), columns))).toMatch(/^UNWRITABLE: /);
  function* failing(): Generator<ColumnData[]> {
    yield toBatch(columns);
    throw new Error('the log ended');
  }
  await expect(writeFeatureTable({ path: folder.path('half.parquet'), batches: failing() })).rejects.toThrow(
    'the log ended',
  );
  await expect(encodeFeatureTable({ batches: failing() })).rejects.toThrow('the log ended');
  await expect(access(folder.path('half.parquet'))).rejects.toThrow('ENOENT');
  expect((await readdir(folder.path('.'))).filter((name) => name.endsWith('.partial'))).toEqual([]);
});
