import { requireSafeOutputs } from '@vqforge/artifact/node';
import type { SvrTeacher, TeacherFeature } from '@vqforge/features';
import {
  extendTable,
  metricName,
  unclippedColumnOf,
  writeFeatureTable,
  type ColumnData,
  type NumberColumns,
} from '@vqforge/table';
import { readTeacherFile } from '@vqforge/weights';
import { PipelineError } from './errors.ts';

/** The column that a teacher's scores go to. */
const TEACHER_COLUMN = 'vmaf';
const UNCLIPPED_COLUMN: string = unclippedColumnOf(TEACHER_COLUMN);
const MODEL_COLUMN = 'teacher_model';

/** libvmaf's default, which leaves no trace in names. */
const NO_GAIN_LIMIT = 100;

/** What tells one table's `vmaf` from another teacher's: six decimals of the features move a score by a fifth of it. */
const SAME_SCORE = 1e-3;

export interface LabelOptions {
  /** One parquet file with the six features, under any of libvmaf's names. */
  readonly table: string;
  /** Id of a pulled teacher, or a model file. */
  readonly teacher: string;
  readonly out: string;
  /** Folder of pulled files. */
  readonly cache: string;
  /** Leave to replace a file of another kind. */
  readonly force?: boolean;
}

export interface Labelled {
  readonly rows: number;
  /** What the table calls its teacher. */
  readonly model: string;
}

/**
 * Adds a teacher's scores to a table of the six features: `vmaf`, `vmaf_unclipped` and `teacher_model`. A `vmaf` column that is
 * there stays as it is, and must say what the teacher says.
 *
 * @throws PipelineError WRONG_TEACHER where it says something else, MISSING_FEATURES; ArtifactError BAD_OUTPUT; FeaturesError,
 * PullError, TableError of what is read and written
 */
export async function labelTable({
  table,
  teacher,
  out,
  cache,
  force = false,
}: LabelOptions): Promise<Labelled> {
  await requireTableOutput(out, [table, teacher], force);
  const { bytes, model } = await readTeacherFile(teacher, cache);
  const features = await import('@vqforge/features');
  const svr = features.SvrTeacher.read(bytes, teacher);
  const { rows } = await extendTable({
    path: table,
    out,
    columns: (given) =>
      labels(svr, model, featuresOf(given, svr, features.TEACHER_FEATURES, table), given, table),
  });
  return { rows, model };
}

export interface ProbeTableOptions extends Omit<LabelOptions, 'table'> {
  readonly rows: number;
  /** An unsigned 32-bit integer. */
  readonly seed: number;
}

/**
 * Writes a table of teacher probes: feature vectors drawn by `drawProbes`, labelled by a teacher, with key `probe_index` and no
 * source. The same options and teacher give the same bytes on every machine.
 *
 * @throws ArtifactError BAD_OUTPUT; FeaturesError, PullError, TableError of what is read and written
 */
export async function writeProbes({
  teacher,
  out,
  cache,
  rows,
  seed,
  force = false,
}: ProbeTableOptions): Promise<Labelled> {
  await requireTableOutput(out, [teacher], force);
  const { bytes, model } = await readTeacherFile(teacher, cache);
  const { SvrTeacher, TEACHER_FEATURES, drawProbes } = await import('@vqforge/features');
  const svr = SvrTeacher.read(bytes, teacher);
  const { columns, parts } = drawProbes({ rows, seed });
  const given = { rows, columnNames: [], numbers: () => undefined, names: () => undefined };
  await writeFeatureTable({
    path: out,
    batches: [
      [
        { name: 'probe_index', type: 'uint32', values: Uint32Array.from({ length: rows }, (_, row) => row) },
        { name: 'part', type: 'dictionary', values: parts },
        ...TEACHER_FEATURES.map((name): ColumnData => ({ name, type: 'float64', values: columns[name] })),
        ...labels(svr, model, columns, given, out),
      ],
    ],
  });
  return { rows, model };
}

/** @throws ArtifactError BAD_OUTPUT */
function requireTableOutput(out: string, inputs: readonly string[], force: boolean): Promise<void> {
  const outputs = [{ path: out, flag: '--out', kind: 'parquet', role: 'document' }] as const;
  return requireSafeOutputs({ outputs, inputs, force });
}

type Columns = Readonly<Record<TeacherFeature, Float64Array>>;

/** Each feature as the teacher wants it measured, `adm2_egl_1` where its gain is limited to 1, else under its plain name. */
function featuresOf(
  { columnNames, numbers }: NumberColumns,
  { gainLimits }: SvrTeacher,
  names: readonly TeacherFeature[],
  path: string,
): Columns {
  const column = (wanted: string): Float64Array | undefined => {
    const spelling = columnNames.find((name) => metricName(name) === wanted);
    return spelling === undefined ? undefined : numbers(spelling);
  };
  const found = names.map((feature) => {
    const limit =
      feature === 'adm2' ? gainLimits.adm : feature === 'motion2' ? NO_GAIN_LIMIT : gainLimits.vif;
    const limited = limit === NO_GAIN_LIMIT ? undefined : column(`${feature}_egl_${limit}`);
    return [feature, limited ?? column(feature)] as const;
  });
  const missing = found.filter(([, values]) => values === undefined).map(([feature]) => feature);
  if (missing.length > 0)
    throw new PipelineError(
      'MISSING_FEATURES',
      `${path} has no numbers for ${missing.join(', ')}, expected the six features ${names.join(', ')}`,
    );
  return Object.fromEntries(found) as unknown as Columns;
}

function labels(
  svr: SvrTeacher,
  model: string,
  columns: Columns,
  { rows, numbers, names }: NumberColumns,
  path: string,
): ColumnData[] {
  const others = (names(MODEL_COLUMN) ?? []).filter((name) => name !== model);
  if (others.length > 0)
    throw otherTeacher(path, model, `its ${MODEL_COLUMN} is ${others.slice(0, 3).join(', ')}`);
  const scores = svr.predictRows(columns);
  const known = numbers(TEACHER_COLUMN);
  const row = known?.findIndex((score, i) => Math.abs(score - (scores[i] as number)) > SAME_SCORE) ?? -1;
  if (row !== -1)
    throw otherTeacher(
      path,
      model,
      `its ${TEACHER_COLUMN} of row ${row} is ${known?.[row]}, not ${scores[row]}`,
    );
  return [
    ...(known === undefined ? [{ name: TEACHER_COLUMN, type: 'float64', values: scores } as const] : []),
    { name: UNCLIPPED_COLUMN, type: 'float64', values: svr.predictRows(columns, { clip: false }) },
    { name: MODEL_COLUMN, type: 'dictionary', values: Array.from({ length: rows }, () => model) },
  ];
}

function otherTeacher(path: string, model: string, why: string): PipelineError {
  return new PipelineError(
    'WRONG_TEACHER',
    `${path} was labelled by another teacher than ${model}: ${why}; leave that column out, or name its teacher`,
  );
}
