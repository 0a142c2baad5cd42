import { columnStatistics, summariseTable } from '@vqforge/table';
import { expect, test } from 'vitest';
import { smallTable, without } from './helpers/small-table.ts';
import { load, temporaryFolder, writeColumns } from './helpers/table-files.ts';

const folder = temporaryFolder();

test('rows, pairs and sources are counted in the data', async () => {
  const columns = smallTable({ sources: ['b', 'a'], pairs: 3, frames: 4 });
  const summary = summariseTable(await load(await writeColumns(folder.path('table.parquet'), columns)));
  expect(summary).toMatchObject({
    rows: 24,
    pairs: 6,
    sources: [
      { name: 'a', rows: 12 },
      { name: 'b', rows: 12 },
    ],
  });
  expect(summary.columns.map(({ name }) => name)).toEqual([
    'vmaf',
    'adm2',
    'vif_scale0',
    'vif_scale1',
    'vif_scale2',
    'vif_scale3',
    'motion2',
  ]);
  const nameless = await load(
    await writeColumns(folder.path('nameless.parquet'), without(columns, 'dis_basename')),
  );
  expect(summariseTable(nameless)).not.toHaveProperty('pairs');
});

test('statistics', () => {
  // numpy 2.4: np.array([2, 4, 4, 4, 5, 5, 7, 9]).std() is exactly 2
  expect(columnStatistics(Float64Array.of(2, 4, 4, 4, 5, 5, 7, 9))).toEqual({
    min: 2,
    max: 9,
    mean: 5,
    std: 2,
  });
  // far from zero a one-pass formula loses everything: np.var of these is exactly 0.25
  expect(columnStatistics(Float64Array.of(1e9, 1e9 + 1)).std).toBe(0.5);
  expect(columnStatistics(Float64Array.of(3))).toEqual({ min: 3, max: 3, mean: 3, std: 0 });
});
