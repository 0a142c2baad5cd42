import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadFeatureTable, TableError } from '@vqforge/table';
import { describe, expect, test } from 'vitest';
import { NO_VALUE } from '../src/column-decoder.ts';
import { ContentDecoder } from '../src/content-decoder.ts';
import type { SharedColumn } from '../src/decoder-messages.ts';
import { readInputFile, type InputColumn, type InputFile } from '../src/input-files.ts';
import { parquetPlaces } from '../src/read-places.ts';

// Apache's own test files, and what pyarrow reads of every flat column of integers, floats, booleans or text
const folder = fileURLToPath(new URL('../../../../shared/corpora/parquet-testing/', import.meta.url));
const isThere = existsSync(folder);
if (!isThere) console.log(`skipped: ${folder} is not there`);

type Expected =
  | { readonly error: string }
  | {
      readonly type: string;
      readonly rows: number;
      readonly nulls: number;
      readonly first: readonly unknown[];
    };
type ExpectedFile = { readonly error: string } | { readonly columns: Readonly<Record<string, Expected>> };

const files: [string, ExpectedFile][] = isThere
  ? Object.entries(JSON.parse(readFileSync(`${folder}expected.json`, 'utf8')) as Record<string, ExpectedFile>)
  : [];

/** Damaged files that pyarrow reads, as it does not verify checksums or compare what is said twice, and why we do not. */
const REFUSED: Readonly<Record<string, RegExp>> = {
  'bad_data/ARROW-GH-41317.parquet': /names another column/,
  'bad_data/ARROW-RS-GH-6229-DICTHEADER.parquet': /reaches to 2593/,
  'data/datapage_v1-corrupt-checksum.parquet': /CRC-32/,
  'data/rle-dict-uncompressed-corrupt-checksum.parquet': /CRC-32/,
};
/** Its pages make the decoder panic: read in a thread below. */
const PANICS = 'bad_data/ARROW-GH-41321.parquet';

/** The first values of a column, and how many are null. */
async function read(
  file: InputFile,
  name: string,
): Promise<{ first: unknown[]; nulls: number; rows: number }> {
  if (file.content.format !== 'parquet') throw new Error('expected parquet');
  const { footer } = file.content;
  const index = footer.columns.findIndex((column) => column.name === name);
  const isText = footer.columns[index]!.kind === 'string';
  const column = { name, place: { index } } as unknown as InputColumn;
  const output: SharedColumn = isText
    ? { name, kind: 'name', values: new Uint32Array(footer.rows) }
    : { name, kind: 'number', values: new Float64Array(footer.rows) };
  const decoder = new ContentDecoder();
  const names: string[] = [];
  let nulls = 0;
  for (const place of parquetPlaces(file, footer, [column], 0)) {
    const { newNames, invalid } = await decoder.decode(
      { ...place, path: file.path },
      [output],
      () => undefined,
    );
    names.push(...newNames[0]!);
    nulls += invalid[0]!.nulls;
  }
  const value = (v: number): unknown =>
    isText ? (v === NO_VALUE ? null : names[v]) : Number.isFinite(v) ? v : null;
  return { first: Array.from(output.values.slice(0, 20), value), nulls, rows: footer.rows };
}

type Outcome = 'refused' | Readonly<Record<string, unknown>>;

/** What pyarrow reads, or 'refused'; booleans as 0 and 1. */
function expectedOf(expected: ExpectedFile): Outcome {
  if ('error' in expected) return 'refused';
  const columns = Object.entries(expected.columns).map(([name, wanted]) => {
    if ('error' in wanted) return [name, 'refused'] as const;
    const { rows, nulls, first } = wanted;
    return [
      name,
      { rows, nulls, first: first.map((value) => (typeof value === 'boolean' ? Number(value) : value)) },
    ] as const;
  });
  return Object.fromEntries(columns);
}

/** The same as read here. */
async function outcomeOf(path: string, expected: Outcome): Promise<Outcome> {
  const file = await readInputFile(path).catch(() => undefined);
  if (file === undefined) return 'refused';
  const found: Record<string, unknown> = {};
  for (const name of expected === 'refused' ? [] : Object.keys(expected))
    found[name] = await read(file, name).catch(() => 'refused');
  return found;
}

const isDamaged = ([name]: [string, ExpectedFile]): boolean => name in REFUSED || name === PANICS;
// a map whose keys may be null is no concern of flat columns
const whole = files.filter((file) => !isDamaged(file) && file[0] !== 'data/incorrect_map_schema.parquet');

describe.skipIf(!isThere)(
  'every flat column of Apache’s files reads as pyarrow reads it, or is refused',
  () => {
    test.each(whole)('%s', async (name, expected) => {
      const wanted = expectedOf(expected);
      expect(await outcomeOf(folder + name, wanted)).toEqual(wanted);
    });

    test.each(Object.entries(REFUSED))('damaged: %s', async (name, reason) => {
      await expect(readEverything(folder + name)).rejects.toThrow(reason);
    });

    test('a page that makes the decoder panic ends a thread, with a reason', async () => {
      const error: unknown = await loadFeatureTable({
        paths: [folder + PANICS],
        map: new Map([['source', 'string']]),
        teacherColumn: 'int64',
        features: ['float64'],
      }).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(TableError);
      expect(error).toMatchObject({ code: 'DAMAGED' });
    });
  },
);

async function readEverything(path: string): Promise<void> {
  const file = await readInputFile(path);
  for (const { name, kinds } of file.columns) if (kinds.length > 0) await read(file, name);
}
