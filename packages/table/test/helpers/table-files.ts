import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  loadFeatureTable,
  TableError,
  writeFeatureTable,
  type FeatureTable,
  type LoadOptions,
  type WriteOptions,
} from '@vqforge/table';
import { afterAll, beforeAll } from 'vitest';
import { toBatch, type Columns } from './small-table.ts';

/** A folder that lives as long as the test file. */
export function temporaryFolder(): { path: (name: string) => string } {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vqforge-table-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return { path: (name) => join(folder, name) };
}

export async function writeColumns(
  path: string,
  columns: Columns,
  options: Omit<WriteOptions, 'path' | 'batches'> & { readonly order?: readonly string[] } = {},
): Promise<string> {
  const { order, ...rest } = options;
  await writeFeatureTable({ path, batches: [toBatch(columns, order)], ...rest });
  return path;
}

export function load(
  paths: string | readonly string[],
  options: Partial<LoadOptions> = {},
): Promise<FeatureTable> {
  return loadFeatureTable({
    paths: typeof paths === 'string' ? [paths] : paths,
    features: 'canonical6',
    ...options,
  });
}

/** "CODE: message" of the TableError that a promise is rejected with; anything else is said to be so. */
export async function refusal(promise: Promise<unknown>): Promise<string> {
  const reason: unknown = await promise.then(
    () => 'nothing',
    (error: unknown) => error,
  );
  return reason instanceof TableError
    ? `${reason.code}: ${reason.message}`
    : `no TableError but ${String(reason)}`;
}

/** What must not depend on how a table is stored. */
export function contentOf(table: FeatureTable): Omit<FeatureTable, 'files'> {
  const { files: _, ...content } = table;
  return content;
}
