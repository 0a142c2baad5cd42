import { expect, test } from 'vitest';
import type { InputFile } from '../src/input-files.ts';
import { planRead } from '../src/read-plan.ts';

const options = { features: ['adm2'], teacherColumn: 'vmaf', checkKeys: true, maxRows: 2 ** 40 };

function file(rows: number, compressedBytes: number): InputFile {
  const names = ['source', 'vmaf', 'adm2'];
  const chunk = { codec: 'SNAPPY', start: 4, compressedBytes };
  return {
    path: 'a.parquet',
    bytes: 1000,
    modifiedMs: 0,
    footer: {
      rows,
      columns: names.map((name) => ({ name, kind: name === 'source' ? 'string' : 'number', type: '' })),
      rowGroups: [{ rows, chunks: new Map(names.map((name) => [name, chunk])) }],
    },
  };
}

test('rows that cannot be in so few bytes are not believed, and nothing is allocated for them', () => {
  const hostile = (): unknown => planRead([file(1e12, 100)], options);
  expect(hostile).toThrowError(expect.objectContaining({ code: 'DAMAGED' }));
  expect(planRead([file(1e6, 100)], options).rows).toBe(1e6); // run-length encoding can do that
});

test('files follow each other, and row groups without rows are left out', () => {
  const plan = planRead([file(10, 100), file(0, 100), file(5, 100)], options);
  expect(plan.pieces.map(({ firstRow, rows }) => [firstRow, rows])).toEqual([
    [0, 10],
    [10, 5],
  ]);
  expect(plan.keyColumns).toEqual(['source']);
});
