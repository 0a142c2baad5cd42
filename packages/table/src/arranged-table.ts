import { defined } from '@vqforge/base';
import { contentDigest, type ColumnDigest } from './content-digest.ts';
import type { DecodedTable } from './decoded-table.ts';
import type { LabelledRows, NameColumn, TableWarning } from './feature-table.ts';
import { TEACHER_MODEL_COLUMN, targetColumns, type ReadPlan } from './read-plan.ts';
import { namesInUse, type RowSelection } from './row-selection.ts';
import type { TaskRunner } from './decoder-messages.ts';

/** Key columns of the rows, as far as the table has them. */
export interface ArrangedKeys {
  readonly source?: NameColumn;
  readonly disBasename?: NameColumn;
  readonly frameIndex?: Uint32Array;
  readonly probeIndex?: Uint32Array;
}

interface Arranged {
  readonly rows: Omit<LabelledRows, 'files'>;
  readonly keys: ArrangedKeys;
  /** Sources of all rows, the dropped ones included; none in a table of probes. */
  readonly sourcesBeforeDrop: readonly string[];
}

interface Column extends Omit<ColumnDigest, 'sha256'> {
  readonly values: Float64Array | Uint32Array;
  readonly names?: readonly string[];
}

/** Puts the selected rows of every column in canonical order and hashes them; each column is one task of the runner. */
export async function arrangeTable(
  decoded: DecodedTable,
  selection: RowSelection,
  plan: ReadPlan,
  runner: TaskRunner,
): Promise<Arranged> {
  const { teacherColumn, featureColumns } = plan;
  const sourcesBeforeDrop = decoded.names.get('source')?.names ?? [];
  const rows = selection.rows.length;
  const move = !selection.identity;
  const columns = await Promise.all(
    columnsOf(decoded, selection, plan).map(async ({ name, role, type, values, names }) => {
      const { moved, sha256 } = await runner.arrange({ column: name, rows, move, ...defined({ names }) });
      return { name, values: moved ?? values, names, digest: { name, role, type, sha256 } };
    }),
  );
  const columnDigests = columns.map(({ digest }) => digest);
  const byName = new Map(columns.map((column) => [column.name, column]));
  const nameColumn = (name: string): NameColumn | undefined => {
    const { names, values } = byName.get(name) ?? {};
    return names && { names, codes: values as Uint32Array };
  };
  const indexColumn = (name: string): Uint32Array | undefined =>
    byName.get(name)?.values as Uint32Array | undefined;
  const teacherModels = decoded.names.get(TEACHER_MODEL_COLUMN);
  const table = {
    rows,
    teacherColumn,
    featureColumns,
    columns: new Map(
      [...targetColumns(plan), ...featureColumns].map((name) => [
        name,
        byName.get(name)?.values as Float64Array,
      ]),
    ),
    ...defined({
      unclippedColumn: plan.unclippedColumn,
      teacherModels: teacherModels && namesInUse(teacherModels, selection),
    }),
    contentDigest: contentDigest(rows, columnDigests),
    columnDigests,
    droppedRows: plan.rows - rows,
    mappings: plan.mappings,
    leftOut: plan.leftOut,
  };
  return {
    rows: { ...table, warnings: warnings(table) },
    keys: defined({
      source: nameColumn('source'),
      disBasename: nameColumn('dis_basename'),
      frameIndex: indexColumn('frame_index'),
      probeIndex: indexColumn('probe_index'),
    }),
    sourcesBeforeDrop,
  };
}

/** Keys, teacher and features: the columns of the content digest, in its order. */
function columnsOf(decoded: DecodedTable, selection: RowSelection, plan: ReadPlan): Column[] {
  const keys = plan.keyColumns.map((name): Column => {
    const column = decoded.names.get(name);
    if (column === undefined) return { name, role: 'key', type: 'uint32', values: decoded.index! };
    return { name, role: 'key', type: 'string', values: column.codes, names: namesInUse(column, selection) };
  });
  const numbers = (role: 'teacher' | 'feature', names: readonly string[]): Column[] =>
    names.map((name) => ({ name, role, type: 'float64', values: decoded.numbers.get(name)! }));
  return [...keys, ...numbers('teacher', targetColumns(plan)), ...numbers('feature', plan.featureColumns)];
}

function warnings(table: Pick<LabelledRows, 'featureColumns' | 'columns' | 'teacherModels'>): TableWarning[] {
  const found: TableWarning[] = [];
  for (const column of table.featureColumns) {
    const values = table.columns.get(column)!;
    if (values.some((value) => value !== values[0])) continue; // stops at the first difference
    found.push({
      code: 'CONSTANT_FEATURE',
      column,
      message: `feature ${column} is ${values[0]} in every row and teaches nothing`,
    });
  }
  const { teacherModels } = table;
  if (teacherModels !== undefined && teacherModels.length > 1) {
    const message = `the teacher scores come from ${teacherModels.length} models: ${teacherModels.join(', ')}`;
    found.push({ code: 'MIXED_TEACHERS', column: TEACHER_MODEL_COLUMN, message });
  }
  return found;
}
