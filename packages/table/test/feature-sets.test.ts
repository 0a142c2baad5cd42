import { FEATURE_SETS } from '@vqforge/table';
import { expect, test } from 'vitest';
import { closestNames } from '@vqforge/base';
import { featureColumns } from '../src/feature-sets.ts';
import { column, smallTable } from './helpers/small-table.ts';
import { load, temporaryFolder, writeColumns } from './helpers/table-files.ts';

const folder = temporaryFolder();

// Order is the models' contract: train_fr_regressor.py of the reference
test('named sets', () => {
  expect(FEATURE_SETS.canonical6.join(' ')).toBe('adm2 vif_scale0 vif_scale1 vif_scale2 vif_scale3 motion2');
  expect(featureColumns('A', 'vmaf', []).join(' ')).toBe(
    'adm2 vif_scale0 vif_scale1 vif_scale2 vif_scale3 motion2 ssimulacra2',
  );
  expect(featureColumns('B', 'vmaf', []).join(' ')).toBe(
    'adm2 adm_scale3 vif_scale2 motion2 ssimulacra2 psnr_hvs float_ssim',
  );
});

test('A, B and full on a table that has their columns', async () => {
  const columns = smallTable();
  const measure = column(columns, 'adm2');
  const names = ['ssimulacra2', 'adm_scale3', 'psnr_hvs', 'float_ssim'];
  const wide = {
    ...Object.fromEntries(names.map((name) => [name, measure])),
    ...columns,
    codec: column(columns, 'source'),
  };
  const path = await writeColumns(folder.path('wide.parquet'), wide);
  for (const name of ['A', 'B'] as const)
    expect((await load(path, { features: name })).featureColumns).toEqual(FEATURE_SETS[name]);
  const full = await load(path, { features: 'full' });
  expect(full.featureColumns.join(' ')).toBe(
    'adm2 adm_scale3 float_ssim motion2 psnr_hvs ssimulacra2 vif_scale0 vif_scale1 vif_scale2 vif_scale3',
  );
});

test('names that come close, nearest first', () => {
  expect(closestNames('vif_scale_0', ['vif_scale0', 'vif_scale1', 'adm2'])).toEqual([
    'vif_scale0',
    'vif_scale1',
  ]);
  expect(closestNames('VMAF', ['vmaf', 'vif'])).toEqual(['vmaf']);
  expect(closestNames('vmfa', ['vmaf', 'vif'])).toEqual(['vmaf']); // swapped letters
  expect(closestNames('motion2', ['motion', 'motion3', 'emotion', 'adm2'])).toEqual([
    'motion',
    'motion3',
    'emotion',
  ]);
  expect(closestNames('x', ['y'.repeat(1e6)])).toEqual([]);
});
