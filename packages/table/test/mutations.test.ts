import { readFile } from 'node:fs/promises';
import type { FeatureTable } from '@vqforge/table';
import { beforeAll, expect, test } from 'vitest';
import { mutate, outcome, type Outcome } from './helpers/mutations.ts';
import { withoutArrowSchema } from './helpers/parquet-bytes.ts';
import { seeded, smallTable } from './helpers/small-table.ts';
import { load, temporaryFolder, writeColumns } from './helpers/table-files.ts';
import { isLong } from '../../../testing/case-table.ts';

// 2,500 more, of real files: mutations.soak.ts, run by hand
const MUTATIONS = isLong ? 60 : 20;

const folder = temporaryFolder();
let bytes: Buffer;
let expected: FeatureTable;

beforeAll(async () => {
  const path = await writeColumns(folder.path('good.parquet'), smallTable({ frames: 50 }), {
    codec: 'SNAPPY',
    rowGroupRows: 110,
  });
  bytes = await readFile(path);
  expected = await load(path);
});

test.each([
  ['with an Arrow schema', (file: Buffer) => file],
  ['without', withoutArrowSchema],
])('damage is refused or harmless: %s', async (name, prepare) => {
  const random = seeded(7);
  const file = prepare(bytes);
  const results: (Outcome & { inFooter: boolean })[] = [];
  for (let i = 0; i < MUTATIONS; i++) {
    const damaged = mutate(file, random);
    const path = folder.path(`${name}.parquet`);
    results.push({ ...(await outcome(path, damaged.bytes, expected)), inFooter: damaged.inFooter });
  }
  expect(results.filter(({ kind }) => kind === 'wrong')).toEqual([]);
  // pages carry no checksum, so other values may come out of damaged ones; out of a damaged footer they may not
  expect(results.filter(({ kind, inFooter }) => kind === 'values' && inFooter)).toEqual([]);
  expect(results.some(({ kind }) => kind === 'refused')).toBe(true);
});
