import { counted } from '@vqforge/base';
import { FIRST_ROWS } from './column-decoder.ts';
import { TableError } from './errors.ts';
import type { LabelledRows } from './feature-table.ts';
import { locate } from './invalid-values.ts';
import type { Place } from './read-places.ts';

/** The bounds at which a teacher clips. */
const TEACHER_RANGE = { min: 0, max: 100 } as const;

/** VMAF points: what six decimals of the features move a score by, fivefold. */
const TOLERANCE = 1e-3;

/**
 * The two columns of one teacher say the same: equal within 1e-3 where both lie inside 0 to 100, and beyond a bound, or within
 * 1e-3 of it, where the clipped one lies at that bound.
 *
 * @param order where each row of the table was among the rows of all files
 * @throws TableError TEACHERS_DISAGREE
 */
export function assertTeachersAgree(
  { teacherColumn, unclippedColumn, columns }: Omit<LabelledRows, 'files'>,
  order: Uint32Array,
  pieces: readonly Place[],
): void {
  if (unclippedColumn === undefined) return;
  const clipped = columns.get(teacherColumn)!;
  const unclipped = columns.get(unclippedColumn)!;
  const { min, max } = TEACHER_RANGE;
  const first: number[] = [];
  let count = 0;
  for (let row = 0; row < clipped.length; row++) {
    const score = clipped[row]!;
    const raw = unclipped[row]!;
    const isSame =
      score >= max
        ? raw >= max - TOLERANCE
        : score <= min
          ? raw <= min + TOLERANCE
          : Math.abs(Math.min(Math.max(raw, min), max) - score) <= TOLERANCE;
    if (isSame) continue;
    if (++count <= FIRST_ROWS) first.push(row);
  }
  const [row] = first;
  if (row === undefined) return;
  throw new TableError(
    'TEACHERS_DISAGREE',
    `${teacherColumn} and ${unclippedColumn} disagree in ${counted(count, 'row')} (${locate(
      first.map((at) => order[at]!),
      pieces,
    )}), first ${clipped[row]} and ${unclipped[row]}, expected the same score within ${TOLERANCE} once clipped to ${min} to ${max}: label the table again, or leave ${unclippedColumn} out`,
  );
}
