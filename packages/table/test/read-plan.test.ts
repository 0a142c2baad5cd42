import { expect, test } from 'vitest';
import type { InputFile } from '../src/input-files.ts';
import { planRead } from '../src/read-plan.ts';

const options: Parameters<typeof planRead>[1] = {
  features: ['adm2'],
  teacherColumn: 'vmaf',
  map: new Map(),
  kind: 'frames',
  checkKeys: true,
  maxRows: 2 ** 40,
};

function file(rows: number, compressedBytes: number): InputFile {
  const names = ['source', 'vmaf', 'adm2'];
  const columns = names.map((name, leaf) => {
    const kind = name === 'source' ? ('string' as const) : ('number' as const);
    const flat = { name, leaf, physical: 5, length: 0, optional: true };
    return { name, kind, type: '', flat };
  });
  return {
    path: 'a.parquet',
    bytes: 1000,
    modifiedMs: 0,
    columns: columns.map(({ name, kind, type }, index) => ({
      name,
      kinds: [kind],
      type,
      place: { index },
      isPartition: false,
    })),
    content: {
      format: 'parquet',
      footer: {
        rows,
        columns,
        rowGroups: [rows],
        chunk: () => ({ start: 4, bytes: compressedBytes, codec: 1, isEncrypted: false }),
        isEncrypted: false,
      },
    },
  };
}

test('rows that cannot be in so few bytes are not believed, and nothing is allocated for them', () => {
  for (const rows of [1e12, 5e6])
    expect(() => planRead([file(rows, 100)], options)).toThrowError(
      expect.objectContaining({ code: 'DAMAGED' }),
    );
  expect(planRead([file(1e6, 100)], options).rows).toBe(1e6); // run-length encoding can do that
  expect(planRead([file(5e6, 1e6)], options).rows).toBe(5e6);
});

test('files follow each other, and row groups without rows are left out', () => {
  const plan = planRead([file(10, 100), file(0, 100), file(5, 100)], options);
  expect(plan.pieces.map(({ firstRow, rows }) => [firstRow, rows])).toEqual([
    [0, 10],
    [10, 5],
  ]);
  expect(plan.keyColumns).toEqual(['source']);
});
