import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Columns } from './helpers/small-table.ts';
import { load, temporaryFolder, writeColumns } from './helpers/table-files.ts';

const folder = temporaryFolder();
const sha256 = (...parts: (Buffer | string)[]): string =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest('hex');

function uint32(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, i) => bytes.writeUInt32LE(value, i * 4));
  return bytes;
}

function float64(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 8);
  values.forEach((value, i) => bytes.writeDoubleLE(value, i * 8));
  return bytes;
}

test('the digest is what its definition says, written out by hand', async () => {
  // U+1F600 is above U+FF5E in UTF-8 bytes and below it in UTF-16 code units
  const columns: Columns = {
    motion2: { type: 'float32', values: [0.5, -0, 2] },
    vmaf: { type: 'float64', values: [90.25, 1e-300, 100] },
    frame_index: { type: 'uint8', values: [1, 0, 7] },
    dis_basename: { type: 'dictionary', values: ['b', 'a', 'ä'] },
    source: { type: 'string', values: ['\u{1f600}', '\uff5e', '\uff5e'] },
  };
  const table = await load(await writeColumns(folder.path('digest.parquet'), columns), {
    features: ['motion2'],
  });
  // rows in order: (～, a, 0), (～, ä, 7), (😀, b, 1)
  const expected = [
    {
      name: 'source',
      role: 'key',
      sha256: sha256(uint32(3), '\uff5e', uint32(4), '\u{1f600}', uint32(0, 0, 1)),
      type: 'string',
    },
    {
      name: 'dis_basename',
      role: 'key',
      sha256: sha256(uint32(1), 'a', uint32(1), 'b', uint32(2), 'ä', uint32(0, 2, 1)),
      type: 'string',
    },
    { name: 'frame_index', role: 'key', sha256: sha256(uint32(0, 7, 1)), type: 'uint32' },
    { name: 'vmaf', role: 'teacher', sha256: sha256(float64(1e-300, 100, 90.25)), type: 'float64' },
    { name: 'motion2', role: 'feature', sha256: sha256(float64(-0, 2, 0.5)), type: 'float64' },
  ];
  expect(table.columnDigests).toEqual(expected);
  expect(table.contentDigest).toBe(
    sha256(JSON.stringify({ columns: expected, format: 'vqforge-feature-table-1', rows: 3 })),
  );
});
