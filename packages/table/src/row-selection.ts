import { isIdentity, sortRows } from './canonical-order.ts';
import { NO_VALUE } from './column-decoder.ts';
import { translate, type DecodedNames, type DecodedTable } from './decoded-table.ts';
import { TableError } from './errors.ts';
import { INDEX_COLUMNS, KEY_COLUMNS, PROBE_KEY } from './feature-sets.ts';
import { assertIndices, assertValid } from './invalid-values.ts';
import { targetColumns, type ReadPlan } from './read-plan.ts';
import type { TaskRunner } from './decoder-messages.ts';

/** Row numbers in file order of the rows a table keeps, in canonical order. */
export interface RowSelection {
  readonly rows: Uint32Array;
  /** True when `rows` is 0, 1, 2, …: nothing dropped, nothing moved. */
  readonly identity: boolean;
}

/**
 * Checks the values of a decoded table and puts its rows in canonical order.
 *
 * @throws TableError INVALID_FRAME_INDEX | INVALID_VALUES | NO_ROWS
 */
export async function selectRows(
  table: DecodedTable,
  plan: ReadPlan,
  dropInvalid: boolean,
  runner: TaskRunner,
): Promise<RowSelection> {
  for (const column of INDEX_COLUMNS) assertIndices(column, table.invalid.get(column), plan.pieces);
  if (!dropInvalid) assertValid(table.invalid, plan.pieces);
  const rows = validRows(table);
  if (rows.length === 0)
    throw new TableError('NO_ROWS', `no row is left: each of ${plan.rows} holds invalid values`);
  const hasFullKey = plan.keyColumns[0] === PROBE_KEY || plan.keyColumns.length === KEY_COLUMNS.length;
  const others = hasFullKey ? [] : [...targetColumns(plan), ...plan.featureColumns];
  await sortInParallel(rows, [...plan.keyColumns, ...others], table, runner);
  return { rows, identity: rows.length === plan.rows && isIdentity(rows) };
}

/** Rows by source are a matter of one pass, as they usually come that way; then the rows of each source are a task. */
async function sortInParallel(
  rows: Uint32Array,
  columns: readonly string[],
  table: DecodedTable,
  runner: TaskRunner,
): Promise<void> {
  const source = table.names.get(columns[0]!)?.codes;
  if (source === undefined) return runner.sort({ from: 0, to: rows.length, columns });
  if (!isAscending(source, rows)) sortRows(rows, [source]);
  const sorted: Promise<void>[] = [];
  for (let from = 0; from < rows.length;) {
    let to = from + 1;
    while (to < rows.length && source[rows[to]!] === source[rows[from]!]) to++;
    sorted.push(runner.sort({ from, to, columns: columns.slice(1) }));
    from = to;
  }
  await Promise.all(sorted);
}

function isAscending(codes: Uint32Array, rows: Uint32Array): boolean {
  for (let i = 1; i < rows.length; i++) if (codes[rows[i - 1]!]! > codes[rows[i]!]!) return false;
  return true;
}

/** The rows without an invalid value, at the head of the order. */
function validRows(table: DecodedTable): Uint32Array {
  const { order } = table.shared;
  const suspects = [...table.invalid]
    .filter(([, counts]) => counts.firstRows.length > 0)
    .map(([name]) => name);
  if (suspects.length === 0) return order;
  const isInvalid = suspects.map((name): ((row: number) => boolean) => {
    const numbers = table.numbers.get(name);
    if (numbers !== undefined) return (row) => Number.isNaN(numbers[row]);
    const codes = table.names.get(name)?.codes ?? table.index!;
    return (row) => codes[row] === NO_VALUE;
  });
  let kept = 0;
  for (let row = 0; row < order.length; row++) if (!isInvalid.some((test) => test(row))) order[kept++] = row;
  return order.subarray(0, kept);
}

/** The names that occur in the given rows, in byte order; codes are rewritten where dropping rows left some unused. */
export function namesInUse(column: DecodedNames, selection: RowSelection): readonly string[] {
  const { names, codes } = column;
  if (selection.rows.length === codes.length) return names;
  const used = new Uint8Array(names.length);
  for (const row of selection.rows) used[codes[row]!] = 1;
  const kept = names.filter((_, code) => used[code] === 1);
  if (kept.length < names.length) {
    let next = 0;
    translate(
      codes,
      Uint32Array.from(used, (isUsed) => (isUsed === 1 ? next++ : next)),
    );
  }
  return kept;
}
