import { mergeInvalid } from './invalid-values.ts';
import type { InvalidCounts } from './column-decoder.ts';
import { sortByBytes } from './name-codes.ts';
import { INDEX_COLUMNS } from './feature-sets.ts';
import type { Place } from './read-places.ts';
import { TEACHER_MODEL_COLUMN, targetColumns, type ReadPlan } from './read-plan.ts';
import { TableError } from './errors.ts';
import type { DecodeResult, SharedColumn, SharedTable } from './decoder-messages.ts';
import type { DecoderPool } from './decoder-pool.ts';

/** The needed columns of all files, in file order, not yet validated. */
export interface DecodedTable {
  readonly numbers: ReadonlyMap<string, Float64Array>;
  /** The key column of whole numbers, where there is one: frame_index or probe_index. */
  readonly index?: Uint32Array;
  /** Codes into names in byte order; NO_VALUE where null. */
  readonly names: ReadonlyMap<string, DecodedNames>;
  readonly invalid: ReadonlyMap<string, InvalidCounts>;
  /** The same arrays as the workers have them; its order is 0, 1, 2, … */
  readonly shared: SharedTable;
}

export interface DecodedNames {
  readonly names: readonly string[];
  readonly codes: Uint32Array;
}

interface DecodedPiece {
  readonly place: Place;
  readonly result: DecodeResult;
}

/** Decodes every row group of the plan straight into shared columns, in the threads of the pool. */
export async function decodeTable(plan: ReadPlan, pool: DecoderPool): Promise<DecodedTable> {
  const shared = allocate(plan);
  pool.share(shared);
  const decoding = plan.pieces.map(async (place): Promise<DecodedPiece> => {
    const { file, what, content, inputs, rows, firstRow } = place;
    return { place, result: await pool.decode({ path: file.path, what, content, inputs, rows, firstRow }) };
  });
  for (let row = 0; row < plan.rows; row++) shared.order[row] = row; // while the workers are busy
  const pieces = await Promise.all(decoding);
  const names = new Map<string, DecodedNames>();
  const numbers = new Map<string, Float64Array>();
  const invalid = new Map<string, InvalidCounts>();
  let index: Uint32Array | undefined;
  shared.columns.forEach((column, i) => {
    if (column.name !== TEACHER_MODEL_COLUMN)
      invalid.set(column.name, mergeInvalid(pieces.map(({ result }) => result.invalid[i]!)));
    if (column.kind === 'number') numbers.set(column.name, column.values);
    else if (column.kind === 'frame') index = column.values;
    else names.set(column.name, { names: unifyCodes(column.values, pieces, i), codes: column.values });
  });
  return { numbers, names, invalid, shared, ...(index && { index }) };
}

function allocate(plan: ReadPlan): SharedTable {
  const memory = (bytesPerRow: number): SharedArrayBuffer => {
    try {
      return new SharedArrayBuffer(plan.rows * bytesPerRow);
    } catch (cause) {
      throw new TableError(
        'TOO_MANY_ROWS',
        `the table has ${plan.rows} rows, more than memory can hold; select fewer files`,
        { cause },
      );
    }
  };
  const keys = [...plan.keyColumns, ...(plan.hasTeacherModel ? [TEACHER_MODEL_COLUMN] : [])];
  const columns = [
    ...keys.map((name): SharedColumn => {
      const kind = INDEX_COLUMNS.includes(name) ? 'frame' : 'name';
      return { name, kind, values: new Uint32Array(memory(4)) };
    }),
    ...[...targetColumns(plan), ...plan.featureColumns].map((name): SharedColumn => ({
      name,
      kind: 'number',
      values: new Float64Array(memory(8)),
    })),
  ];
  return { columns, order: new Uint32Array(memory(4)) };
}

/** Every thread numbers names as it meets them; rewrites the codes of all to one list in byte order. */
function unifyCodes(codes: Uint32Array, pieces: readonly DecodedPiece[], output: number): string[] {
  const namesOfThread = new Map<number, string[]>();
  for (const { result } of pieces) {
    // the queue is first in, first out, so the pieces of one thread come here in the order it decoded them
    const known = namesOfThread.get(result.thread) ?? [];
    for (const name of result.newNames[output]!) known.push(name);
    namesOfThread.set(result.thread, known);
  }
  const names = sortByBytes([...new Set([...namesOfThread.values()].flat())]);
  const codeOf = new Map(names.map((name, code) => [name, code]));
  const translations = new Map(
    [...namesOfThread].map(([thread, known]) => [
      thread,
      Uint32Array.from(known, (name) => codeOf.get(name)!),
    ]),
  );
  for (const { place, result } of pieces) {
    translate(codes.subarray(place.firstRow, place.firstRow + place.rows), translations.get(result.thread)!);
  }
  return names;
}

/** codes[i] = translation[codes[i]], leaving NO_VALUE alone. */
export function translate(codes: Uint32Array, translation: Uint32Array): void {
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i]!;
    if (code < translation.length) codes[i] = translation[code]!;
  }
}
