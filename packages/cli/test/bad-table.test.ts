import { mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { errorLine, runCommand, runCommands, type Outcome, trainLine } from './command.ts';
import { listing, temporaryFolder } from './folders.ts';
import { changed, rowsOf, tableColumns, without, writeTable, type Columns } from './tables.ts';

/** The smallest training there is; `out` is where everything would be written. */
function train(parquet: string, out: string, ...flags: string[]): string[] {
  const outputs = ['--out-onnx', join(out, 'm.onnx'), '--metrics-out', join(out, 'metrics.json')];
  return trainLine(parquet, 1, '--workers', '1', '--quiet', ...outputs, ...flags);
}

interface BadTable {
  readonly columns?: Columns;
  /** Bytes of the file, made of those of a good one. */
  readonly bytes?: (good: Buffer) => Uint8Array;
  readonly flags?: string[];
  /** What the one line must name. */
  readonly says: RegExp[];
}

const good = tableColumns();
const bad: Record<string, BadTable> = {
  'not parquet': { bytes: () => Buffer.from('source,vmaf\na,1\n'), says: [/no column adm2/] },
  'of another kind': { bytes: () => Buffer.from('<table></table>'), says: [/not a parquet file/] },
  empty: { bytes: () => Buffer.alloc(0), says: [/not a parquet file/] },
  'only its magic': { bytes: () => Buffer.from('PAR1'), says: [/cut short/] },
  truncated: { bytes: (bytes) => bytes.subarray(0, bytes.length / 2), says: [/cut short/] },
  'without its last byte': { bytes: (bytes) => bytes.subarray(0, -1), says: [/cut short/] },
  'with an impossible footer length': {
    bytes: (bytes) => {
      const copy = Buffer.from(bytes);
      copy.writeUInt32LE(0xffff_fff0, copy.length - 8);
      return copy;
    },
    says: [/footer/],
  },
  'without a source column': { columns: without(good, 'source'), says: [/source/] },
  'without several columns, one of them misspelt': {
    columns: [
      ...without(good, 'vif_scale0', 'motion2', 'vmaf'),
      { name: 'vif_scal0', type: 'float64', values: good[3]!.values },
    ],
    says: [/vmaf/, /motion2/, /vif_scale0/, /vif_scal0/],
  },
  'without the teacher that was asked for': {
    flags: ['--teacher-column', 'vmaff'],
    says: [/vmaff/, /vmaf\?/],
  },
  'without a feature that was asked for': {
    flags: ['--no-export', '--feature-columns', 'adm2,motion_2'],
    says: [/motion_2/, /motion2/],
  },
  'with features as text': {
    columns: changed(good, 'adm2', { type: 'string', values: good[0]!.values }),
    says: [/adm2/],
  },
  'with sources as numbers': {
    columns: changed(good, 'source', { type: 'float64', values: good[4]!.values }),
    says: [/source/],
  },
  'with null': {
    columns: changed(good, 'vmaf', (value, row) => (row === 7 ? null : value)),
    says: [/vmaf/, /\b1\b/, /--drop-invalid|dropInvalid/],
  },
  'with NaN': {
    columns: changed(good, 'adm2', (value, row) => (row % 50 === 0 ? NaN : value)),
    says: [/adm2/, /\b4\b/, /NaN/],
  },
  'with infinity': {
    columns: changed(good, 'motion2', (value, row) => (row === 3 ? -Infinity : value)),
    says: [/motion2/, /nfinit/],
  },
  'with duplicate keys': {
    columns: rowsOf(
      good,
      Array.from(good[0]!.values, (_, row) => (row === 9 ? 8 : row)),
    ),
    says: [/duplicate|twice|same/, /a_0\.y4m/],
  },
  'without rows': { columns: rowsOf(good, []), says: [/no row/] },
  'whose every row is invalid': {
    columns: changed(good, 'adm2', () => NaN),
    flags: ['--drop-invalid'],
    says: [/180/],
  },
  'with one source': { columns: tableColumns({ sources: ['only'] }), says: [/at least 2 sources/, /1/] },
  'with a source without a name': { columns: tableColumns({ sources: ['', 'b'] }), says: [/source ""/] },
  'with a source whose name is a page': {
    columns: tableColumns({ sources: ['x'.repeat(300), 'b'] }),
    says: [/300/],
  },
  'with a teacher named twice as a feature': {
    flags: ['--no-export', '--feature-columns', 'adm2,vmaf'],
    says: [/vmaf/],
  },
};

let folder: string;
let out: string;
let table: string;
const outcomes = new Map<string, Outcome>();

beforeAll(async () => {
  folder = await temporaryFolder();
  out = join(folder, 'out');
  await mkdir(out);
  table = await writeTable(join(folder, 'good.parquet'), good);
  const bytes = await readFile(table);
  const commands = Object.entries(bad).map(async ([name, { columns, bytes: change, flags = [] }]) => {
    const path = join(folder, `${name}.parquet`);
    if (columns !== undefined) await writeTable(path, columns);
    else await writeFile(path, change?.(bytes) ?? bytes);
    return train(path, out, ...flags);
  });
  const results = await runCommands(await Promise.all(commands));
  Object.keys(bad).forEach((name, i) => outcomes.set(name, results[i] as Outcome));
});

test.each(Object.keys(bad))('a table %s is refused in one line', (name) => {
  const outcome = outcomes.get(name) as Outcome;
  expect(outcome).toMatchObject({ code: 2, stdout: '' });
  const line = errorLine(outcome);
  expect(line).toMatch(/^vqforge: /);
  for (const pattern of bad[name]!.says) expect(line).toMatch(pattern);
});

test('a bad table leaves nothing behind', async () => {
  expect(outcomes.size).toBe(Object.keys(bad).length);
  expect(await listing(out)).toStrictEqual({});
});

test('a path that is not there, is a folder without tables, or a pattern without matches', async () => {
  const paths = ['missing.parquet', 'out', '*.parquett'].map((name) => join(folder, name));
  const results = await runCommands(paths.map((path) => train(path, out, '--json')));
  const codes = results.map(
    ({ stderr }) =>
      (JSON.parse(stderr) as { error: { code: string; message: string; exit_code: number } }).error,
  );
  expect(codes.map(({ code }) => code)).toStrictEqual(['FILE_NOT_FOUND', 'NO_FILES', 'NO_FILES']);
  codes.forEach(({ message, exit_code }, i) => {
    expect(message).toContain(paths[i]);
    expect(exit_code).toBe(2);
  });
  expect(await listing(out)).toStrictEqual({});
});

test('--drop-invalid drops, says how many, and still expects the fold whose rows are all gone', async () => {
  const holes = changed(good, 'adm2', (value, row) => (row < 5 ? NaN : value));
  const gone = changed(good, 'adm2', (value, row) => (row < 60 ? NaN : value));
  const native = ['--engine', 'native', '--workers', '1'];
  const results = await runCommands([
    train(
      await writeTable(join(folder, 'holes.parquet'), holes),
      out,
      ...native,
      '--drop-invalid',
      '--no-export',
      '--json',
    ),
    train(await writeTable(join(folder, 'gone.parquet'), gone), out, ...native, '--drop-invalid', '--json'),
  ]);
  expect(results.map(({ code }) => code)).toStrictEqual([0, 3]);
  const [dropped, refused] = results.map(
    ({ stdout }) =>
      (JSON.parse(stdout) as { metrics: { dataset: object; gate: { reasons: string[] } } }).metrics,
  );
  expect(dropped?.dataset).toMatchObject({ dropped_rows: 5, n_rows: 175 });
  expect(refused?.gate.reasons.join()).toMatch(/missing fold\(s\): a/);
});

test('mutated bytes never crash, hang, or change the number of rows unseen', async () => {
  // one source, which is refused after the table was read and said: nothing is trained on those that still read
  const whole = await readFile(
    await writeTable(join(folder, 'whole.parquet'), tableColumns({ sources: ['only'] })),
  );
  const commands = Array.from({ length: 30 }, async (_, i) => {
    const copy = Buffer.from(whole);
    // 7919 is prime: mutations spread over the pages, and a third of them over the footer at the end
    const tail = whole.length / 3;
    const at = Math.floor(i < 20 ? (i * 7919) % whole.length : whole.length - tail + ((i * 7919) % tail));
    copy[at] = copy[at]! ^ (1 << (i % 8));
    const path = join(folder, `mutant-${i}.parquet`);
    await writeFile(path, copy);
    return train(path, out, '--features', 'full', '--no-export');
  });
  const outcomes = await runCommands(await Promise.all(commands));
  for (const outcome of outcomes) {
    expect(outcome).toMatchObject({ code: 2, stdout: '' });
    expect(errorLine(outcome)).toMatch(/^vqforge: /);
    const [read = '60 rows, 1 source, 2 pairs'] =
      /\d+ rows, \d+ sources?, \d+ pairs/.exec(outcome.stderr) ?? [];
    expect(read).toBe('60 rows, 1 source, 2 pairs');
  }
  const refused = outcomes.filter(({ stderr }) => !stderr.includes('at least 2 sources'));
  // statistics and Arrow's schema, half of this small footer, are not read
  expect(refused.length).toBeGreaterThan(4);
  expect(await listing(out)).not.toHaveProperty('m.onnx');
});

test('the whole process answers a damaged file with one line', async () => {
  const path = join(folder, 'short.parquet');
  await writeFile(path, await readFile(table));
  await truncate(path, 1000);
  const outcome = await runCommand(train(path, out, '--quiet'));
  expect(outcome).toMatchObject({ code: 2, stdout: '' });
  expect(errorLine(outcome)).toContain(path);
});
