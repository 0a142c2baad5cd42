import { counted } from '@vqforge/base';
import { FIRST_ROWS, type InvalidCounts } from './column-decoder.ts';
import { TableError } from './errors.ts';
import type { Place } from './read-places.ts';

/** Adds up what the pieces of a table report about one column. */
export function mergeInvalid(parts: readonly InvalidCounts[]): InvalidCounts {
  const sum = (of: 'nulls' | 'nans' | 'infinities' | 'notFrames'): number =>
    parts.reduce((total, part) => total + part[of], 0);
  const firstRows = parts.flatMap((part) => part.firstRows).sort((a, b) => a - b);
  return {
    nulls: sum('nulls'),
    nans: sum('nans'),
    infinities: sum('infinities'),
    notFrames: sum('notFrames'),
    firstRows: firstRows.slice(0, FIRST_ROWS),
  };
}

/**
 * Refuses frame indices that are negative, broken or too large.
 *
 * @throws TableError INVALID_FRAME_INDEX
 */
export function assertIndices(
  column: string,
  counts: InvalidCounts | undefined,
  pieces: readonly Place[],
): void {
  if (counts === undefined || counts.notFrames === 0) return;
  const where = locate(counts.firstRows, pieces);
  throw new TableError(
    'INVALID_FRAME_INDEX',
    `${column} is negative, fractional or too large in ${counted(counts.notFrames, 'row')} (${where}), expected whole numbers from 0`,
  );
}

/**
 * Refuses columns with null, NaN or infinite values.
 *
 * @throws TableError INVALID_VALUES naming every column with counts and first rows
 */
export function assertValid(columns: ReadonlyMap<string, InvalidCounts>, pieces: readonly Place[]): void {
  const complaints = [...columns].flatMap(([column, counts]) => {
    const kinds = [`${counts.nulls} null`, `${counts.nans} NaN`, `${counts.infinities} infinite`].filter(
      (kind) => !kind.startsWith('0 '),
    );
    return kinds.length === 0
      ? []
      : [`${column} has ${kinds.join(', ')} (${locate(counts.firstRows, pieces)})`];
  });
  if (complaints.length === 0) return;
  throw new TableError(
    'INVALID_VALUES',
    `${complaints.join('; ')}; expected finite values: mend the table or drop these rows with --drop-invalid`,
  );
}

/** "rows 3, 7 of a.parquet": positions in the table as 0-based rows of their files. */
export function locate(rows: readonly number[], pieces: readonly Place[]): string {
  const byFile = new Map<string, number[]>();
  for (const row of rows) {
    const piece = pieces.find(({ firstRow, rows: count }) => row >= firstRow && row < firstRow + count)!;
    const fileStart = pieces.find(({ file }) => file === piece.file)!.firstRow;
    const found = byFile.get(piece.file.path) ?? [];
    byFile.set(piece.file.path, [...found, row - fileStart]);
  }
  return [...byFile]
    .map(([path, found]) => `row${found.length > 1 ? 's' : ''} ${found.join(', ')} of ${path}`)
    .join(', ');
}
