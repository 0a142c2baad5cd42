import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { writeFeatureTable, type ColumnData, type FeatureTable } from '@vqforge/table';
import { describe, expect, test } from 'vitest';
import { at, FEATURES, seeded, shuffled, smallTable } from './helpers/small-table.ts';
import { load, refusal, temporaryFolder, writeColumns } from './helpers/table-files.ts';

const folder = temporaryFolder();
const open9 = fileURLToPath(new URL('../../../datasets/open9/open9_features.parquet', import.meta.url));

describe.skipIf(!existsSync(open9))('open9', () => {
  test('is the table that its card describes', async () => {
    const table = await load(open9, { fileDigests: true });
    expect(table.rows).toBe(10_320);
    expect(table.source.names.length).toBe(9);
    expect(table.disBasename!.names.length).toBe(72);
    expect(table.droppedRows).toBe(0);
    expect(table.warnings).toEqual([]);
    const bytes = await readFile(open9);
    expect(table.files).toEqual([
      { path: open9, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') },
    ]);
    const teacher = table.columns.get('vmaf')!;
    expect(teacher.reduce((least, score) => Math.min(least, score))).toBe(16.835522); // the card: 16.8 to 100, mean 73.2
    expect(teacher.reduce((most, score) => Math.max(most, score))).toBe(100);
    expect((teacher.reduce((sum, score) => sum + score) / 10_320).toFixed(1)).toBe('73.2');
    expect(table.unclippedColumn).toBe('vmaf_unclipped');
    expect(table.teacherModels).toEqual(['vmaf_v0.6.1']);
    expect(table.contentDigest).toBe('e704a666b2cfc0f50271c378d2df820c6dc2bb246b6b2de30910f9b2c098b443');
  });

  test('is read by a program given as text, whose flags are not for its threads', () => {
    const program = `
      import { loadFeatureTable } from '@vqforge/table';
      console.log((await loadFeatureTable({ paths: [${JSON.stringify(open9)}], features: 'canonical6' })).rows);`;
    const command = ['--input-type=module', '--eval', program];
    const { dirname: cwd } = import.meta;
    expect(execFileSync(process.execPath, command, { cwd, encoding: 'utf8' })).toBe('10320\n');
  });
});

describe('a table large enough for several threads', () => {
  const ROWS = 150_000; // above the sizes in load.ts from which threads decode, sort and move
  const random = seeded(3);
  const measures = ['vmaf', ...FEATURES].map((name) => ({
    name,
    values: Float64Array.from({ length: ROWS }, random),
  }));

  /** Rows of the table by number; row i has frame i / 30 of pair i % 30. */
  function batch(rows: readonly number[], lost: readonly number[] = []): ColumnData[] {
    const pairs = rows.map((row) => row % 30);
    return [
      ...measures.map(({ name, values }): ColumnData => ({
        name,
        type: 'float64',
        values: Float64Array.from(rows, (row) =>
          name === 'adm2' && lost.includes(row) ? NaN : at(values, row),
        ),
      })),
      { name: 'source', type: 'string', values: pairs.map((pair) => `s${Math.floor(pair / 10)}`) },
      { name: 'dis_basename', type: 'string', values: pairs.map((pair) => `d${pair + 10}`) },
      { name: 'frame_index', type: 'int32', values: Int32Array.from(rows, (row) => Math.floor(row / 30)) },
    ];
  }

  async function loadRows(rows: readonly number[], lost: readonly number[] = []): Promise<FeatureTable> {
    const path = folder.path('large.parquet');
    const batches = [batch(rows, lost)];
    await writeFeatureTable({ path, batches, codec: 'UNCOMPRESSED', rowGroupRows: 30_000 });
    return load(path, { dropInvalid: true });
  }

  test('is the same in any order, and without the rows it loses', async () => {
    const sorted = Array.from({ length: ROWS }, (_, i) => (i % 5000) * 30 + Math.floor(i / 5000));
    const expected = await loadRows(sorted);
    const mixed = await loadRows(shuffled(ROWS, random));
    expect(mixed.contentDigest).toBe(expected.contentDigest);
    for (const { name, values } of measures) {
      const inOrder = Float64Array.from(sorted, (row) => at(values, row));
      for (const table of [expected, mixed]) expect(sameBytes(table.columns.get(name), inOrder)).toBe(true);
    }
    const lost = [5, 70_000];
    const fewer = await loadRows(shuffled(ROWS, random), lost);
    expect(fewer.droppedRows).toBe(2);
    const kept = sorted.filter((row) => !lost.includes(row));
    const { name, values } = at(measures, 0);
    const left = Float64Array.from(kept, (row) => at(values, row));
    expect(sameBytes(fewer.columns.get(name), left)).toBe(true);
  });
});

/** toEqual takes seconds on arrays of this size. */
function sameBytes(a: Float64Array | undefined, b: Float64Array): boolean {
  const bytes = (array: Float64Array): Buffer =>
    Buffer.from(array.buffer, array.byteOffset, array.byteLength);
  return a !== undefined && bytes(a).equals(bytes(b));
}

test('progress ends at all rows', async () => {
  const path = await writeColumns(folder.path('progress.parquet'), smallTable(), { rowGroupRows: 25 });
  const seen: [number, number][] = [];
  await load(path, { onProgress: (read, rows) => seen.push([read, rows]) });
  expect(seen).toEqual([
    [25, 60],
    [50, 60],
    [60, 60],
  ]);
});

describe('a load that cannot finish', () => {
  test('is stopped by its signal, before and while it reads', async () => {
    const path = await writeColumns(folder.path('aborted.parquet'), smallTable(), { rowGroupRows: 1 });
    expect(await refusal(load(path, { signal: AbortSignal.abort() }))).toMatch(/^ABORTED: /);
    const controller = new AbortController();
    const onProgress = (): void => controller.abort();
    expect(await refusal(load(path, { signal: controller.signal, onProgress }))).toMatch(/^ABORTED: /);
  });

  test('is given up when it makes no progress', async () => {
    const path = await writeColumns(folder.path('stalled.parquet'), smallTable());
    expect(await refusal(load(path, { stallMs: 1 }))).toMatch(/^STALLED: /); // no thread starts and answers in a millisecond
  });

  test('is refused when a file changes meanwhile', async () => {
    const path = await writeColumns(folder.path('growing.parquet'), smallTable(), { rowGroupRows: 1 });
    const grow = (read: number): void => void (read === 1 && appendFileSync(path, 'more'));
    expect(await refusal(load(path, { onProgress: grow }))).toMatch(/^UNREADABLE: /);
  });
});
