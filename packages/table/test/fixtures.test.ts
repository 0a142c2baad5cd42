import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { load } from './helpers/table-files.ts';

const folder = fileURLToPath(new URL('fixtures/', import.meta.url));
const files = readdirSync(folder).filter((name) => name.endsWith('.parquet'));

describe('a table is the same whichever program wrote it', () => {
  test.each(files)('%s', async (name) => {
    const table = await load(folder + name);
    expect(table.rows).toBe(24);
    expect(table.source.names).toEqual(['Bottles', 'Flower']);
    // pinned: the definition in content-digest.ts must not change under existing documents
    expect(table.contentDigest).toBe('e1433001eee2877e173da9bf93501f0c143c37b3eb061b8f42dae53c356d9a5d');
  });

  test('and all files of the folder', () => expect(files.length).toBeGreaterThanOrEqual(11));
});
