import { createHash } from 'node:crypto';
import { appendFileSync, existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { smallTable } from './helpers/small-table.ts';
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
    expect(table.contentDigest).toBe('5125c343d1752c9c5b8a69b422ffb58368f188df5f473b3e3bf73f21bb797021');
  });
});

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
