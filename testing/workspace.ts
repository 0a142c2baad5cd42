import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { RetrainOptions } from '@vqforge/pipeline';
import { FEATURE_SETS, writeFeatureTable, type ColumnData } from '@vqforge/table';
import { afterAll } from 'vitest';

// the native engine would write a device id to the home directory; set before any thread starts
process.env['ORT_DISABLE_TELEMETRY'] = '1';

const roots: string[] = [];

/** A repository root with the folders that a clone has, removed after the tests of the file. */
export async function temporaryRoot(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'vqforge pipeline-'));
  roots.push(root);
  for (const folder of ['datasets', 'runs', 'model/tiny'])
    await mkdir(join(root, folder), { recursive: true });
  return root;
}

afterAll(async () => {
  for (const root of roots.splice(0)) await rm(root, { recursive: true, force: true });
});

/** Every file below a folder, hidden ones too. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

/** Three sources of 40 rows, whose teacher follows every feature; no two rows are alike. */
export async function writeTable(
  path: string,
  change: (columns: ColumnData[]) => ColumnData[] = (columns) => columns,
): Promise<string> {
  const rows = Array.from({ length: 120 }, (_, row) => row);
  // a permutation of 0 to 112 and a little more: quality does not follow the order of rows
  const quality = rows.map((row) => ((row * 71) % 113) / 113 + row / 1e4);
  const columns: ColumnData[] = [
    { name: 'source', type: 'string', values: rows.map((row) => 'abc'[row % 3] as string) },
    { name: 'vmaf', type: 'float64', values: quality.map((q) => 20 + 70 * q) },
    ...FEATURE_SETS.canonical6.map((name, k): ColumnData => ({
      name,
      type: 'float64',
      values: quality.map((q, row) => q * (1 + k) + ((row * k) % 7) / 50),
    })),
  ];
  await writeFeatureTable({ path, batches: [change(columns)] });
  return path;
}

/** The quickest training that may ship. */
export function options(root: string, parquet: string, change: Partial<RetrainOptions> = {}): RetrainOptions {
  return {
    parquet: [parquet],
    features: 'canonical6',
    teacherColumn: 'vmaf',
    dropInvalid: false,
    recipe: 'standard',
    overrides: { epochs: 1 },
    seed: 0,
    engine: 'native',
    workers: 1,
    shipThreshold: -1,
    export: true,
    outputs: {},
    root,
    argv: [],
    version: '0.1.0',
    now: () => performance.now(),
    ...change,
  };
}
