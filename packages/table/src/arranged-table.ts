import { contentDigest, type ColumnDigest } from './content-digest.ts';
import type { DecodedTable } from './decoded-table.ts';
import type { LabelledRows, NameColumn, TableWarning } from './feature-table.ts';
import { TEACHER_MODEL_COLUMN, targetColumns, type ReadPlan } from './read-plan.ts';
import { namesInUse, type RowSelection } from './row-selection.ts';
import type { TaskRunner } from './decoder-messages.ts';

/** What identifies the rows, as far as the table has it. */
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
      const { moved, sha256 } = await runner.arrange({
        column: name,
        rows,
        move,
        ...(names && { names }),
      });
      return { name, values: moved ?? values, names, digest: { name, role, type, sha256 } };
    }),
  );
  const columnDigests = columns.map(({ digest }) => digest);
  const valuesOf = (name: string): Float64Array | Uint32Array | undefined =>
    columns.find((column) => column.name === name)?.values;
  const nameColumn = (name: string): NameColumn | undefined => {
    const column = columns.find((candidate) => candidate.name === name);
    return column?.names && { names: column.names, codes: column.values as Uint32Array };
  };
  const source = nameColumn('source');
  const disBasename = nameColumn('dis_basename');
  const frameIndex = valuesOf('frame_index') as Uint32Array | undefined;
  const probeIndex = valuesOf('probe_index') as Uint32Array | undefined;
  const teacherModels = decoded.names.get(TEACHER_MODEL_COLUMN);
  const table = {
    rows,
    teacherColumn,
    ...(plan.unclippedColumn !== undefined && { unclippedColumn: plan.unclippedColumn }),
    featureColumns,
    columns: new Map(
      [...targetColumns(plan), ...featureColumns].map((name) => [name, valuesOf(name) as Float64Array]),
    ),
    ...(teacherModels && { teacherModels: namesInUse(teacherModels, selection) }),
    contentDigest: contentDigest(rows, columnDigests),
    columnDigests,
    droppedRows: plan.rows - rows,
    mappings: plan.mappings,
    leftOut: plan.leftOut,
  };
  return {
    rows: { ...table, warnings: warnings(table) },
    keys: {
      ...(source && { source }),
      ...(disBasename && { disBasename }),
      ...(frameIndex && { frameIndex }),
      ...(probeIndex && { probeIndex }),
    },
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
  const number =
    (role: 'teacher' | 'feature') =>
    (name: string): Column => ({
      name,
      role,
      type: 'float64',
      values: decoded.numbers.get(name)!,
    });
  return [
    ...keys,
    ...targetColumns(plan).map(number('teacher')),
    ...plan.featureColumns.map(number('feature')),
  ];
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
