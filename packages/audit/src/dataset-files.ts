import {
  recordedMap,
  CONSTANT_BELOW,
  type DatasetManifest,
  type RegressorSidecar,
  teacherName,
} from '@vqforge/artifact';
import {
  columnStatistics,
  FEATURE_SETS,
  type FeatureTable,
  type ProbeTable,
  summariseTable,
} from '@vqforge/table';
import { RegistryError, type Report } from '@vqforge/registry';
import { RESTORE_TABLE, type TableReader } from './table-reader.ts';
import { digestTreeFile } from './tree-files.ts';

/** A manifest that could be read, and whether its files are what it lists. */
export interface AuditedDataset {
  readonly path: string;
  readonly folder: string;
  readonly manifest: DatasetManifest;
  readonly isIntact: boolean;
}

/** Files of a dataset against its manifest. */
export async function auditDatasetFiles(
  root: string,
  path: string,
  manifest: DatasetManifest,
  report: Report,
): Promise<AuditedDataset> {
  const folder = path.slice(0, path.lastIndexOf('/'));
  let isIntact = true;
  for (const { path: name, sha256, size_bytes: size } of manifest.files) {
    const file = `${folder}/${name}`;
    const problem = await problemWith(root, file, sha256, size);
    if (problem === null) continue;
    isIntact = false;
    report(problem.code, 'error', file, { ...problem, advice: RESTORE_TABLE });
  }
  return { path, folder, manifest, isIntact };
}

type Problem = {
  code: 'MISSING_FILE' | 'DIGEST_MISMATCH' | 'PATH_ESCAPE' | 'UNREADABLE';
  expected: string;
  got: string;
};

async function problemWith(
  root: string,
  file: string,
  sha256: string,
  size: number,
): Promise<Problem | null> {
  const expected = `sha256 ${sha256}, ${size} bytes, as in its manifest`;
  try {
    const found = await digestTreeFile(root, file);
    if (found === null) return { code: 'MISSING_FILE', expected, got: 'no such file' };
    if (found.sha256 === sha256 && found.size === size) return null;
    return { code: 'DIGEST_MISMATCH', expected, got: `sha256 ${found.sha256}, ${found.size} bytes` };
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    const code = error.code === 'PATH_ESCAPE' ? 'PATH_ESCAPE' : 'UNREADABLE';
    return { code, expected, got: error.message };
  }
}

/** The rows of a dataset against its manifest: digest, counts, sources, teacher. */
export async function auditManifestRows(
  dataset: AuditedDataset,
  tables: TableReader,
  report: Report,
): Promise<void> {
  const { path, manifest } = dataset;
  const map = recordedMap(manifest.column_map);
  const differ = comparison('MANIFEST_DISAGREES', path, 'the data', report);
  const columns = await tables.columns(dataset);
  if (columns === null) return;
  // earlier versions had other words for types
  const namesOf = (list: DatasetManifest['columns']): string => list.map(({ name }) => name).join(', ');
  differ('columns', namesOf(manifest.columns), namesOf(columns));
  const has = new Set([...columns.map(({ name }) => name), ...map.keys()]);
  const teacher = manifest.teacher.column;
  if (!has.has(teacher)) differ('teacher column', teacher, `one of ${[...has].join(', ')}`);
  // the content digest is over named columns; manifests are made with the published model's
  const features = FEATURE_SETS.canonical6;
  if (![...features, teacher].every((name) => has.has(name))) return;
  if (has.has('probe_index')) {
    const probes = await tables.probes(dataset, { features, teacher });
    if (probes === null) return;
    differ('content digest', manifest.content_digest, probes.contentDigest);
    differ('rows', manifest.rows, probes.rows);
    differ('teacher', manifest.teacher.model, teacherName(probes, manifest.teacher));
    return;
  }
  const table = await tables.table(dataset, { features, teacher, dropInvalid: false, map });
  if (table === null) return;
  const { rows, pairs, sources } = summariseTable(table);
  differ('content digest', manifest.content_digest, table.contentDigest);
  differ('rows', manifest.rows, rows);
  const listed = manifest.sources.map(({ name, rows: count }) => `${name} (${count} rows)`);
  const found = sources.map(({ name, rows: count }) => `${name} (${count} rows)`);
  differ('sources', listed.sort().join(', '), found.sort().join(', '));
  if (pairs !== undefined) {
    differ(
      'pairs',
      manifest.sources.reduce((total, source) => total + source.pairs, 0),
      pairs,
    );
  }
  differ('teacher', manifest.teacher.model, teacherName(table, manifest.teacher));
}

/** What a model was trained on. */
export interface TrainedTables {
  readonly table: FeatureTable;
  /** Null where none were trained on, or they are not here. */
  readonly probes: ProbeTable | null;
}

/**
 * Two ways to sum at most 10^7 float64 values differ by less than n · 2^-53 of the column's scale: 1.1e-9.
 */
const SUM_TOLERANCE = 2e-9;

/**
 * A regressor's sidecar against the rows that it says it was made from.
 *
 * @returns these rows; null when they cannot be read
 */
export async function auditStatistics(
  sidecar: RegressorSidecar,
  file: string,
  dataset: AuditedDataset,
  augmentation: AuditedDataset | undefined,
  tables: TableReader,
  report: Report,
): Promise<TrainedTables | null> {
  const { training, teacher, feature_order: features } = sidecar;
  const dropInvalid = sidecar.run_provenance.args['drop_invalid'] === true;
  const table = await tables.table(dataset, {
    features,
    teacher: teacher.column,
    dropInvalid,
    map: recordedMap(sidecar.run_provenance.args['column_map']),
  });
  if (table === null) return null;
  const summary = summariseTable(table);
  const differ = comparison('DATASET_DISAGREES', file, dataset.path, report);
  differ('table', training.dataset, dataset.manifest.id);
  differ('table digest', training.dataset_digest, table.contentDigest);
  differ('rows', training.n_rows, summary.rows);
  differ('sources', training.n_sources, summary.sources.length);
  if (summary.pairs !== undefined) differ('pairs', training.n_pairs, summary.pairs);
  differ('teacher', teacher.model, teacherName(table, dataset.manifest.teacher));

  const added = training.augmentation;
  const probes =
    augmentation === undefined
      ? null
      : await tables.probes(augmentation, { features, teacher: teacher.column });
  if (added !== undefined && probes !== null) {
    differ('probes', added.dataset, augmentation?.manifest.id ?? null);
    differ('rows of the probes', added.n_rows, probes.rows);
  }
  // means and deviations are of all training rows: without the probes there is nothing to compare
  const isWhole = added === undefined || probes !== null;
  const wrong = comparison('STATISTICS_DISAGREE', file, dataset.path, report);
  for (const [index, name] of features.entries()) {
    const rows = table.columns.get(name);
    if (rows === undefined) continue;
    const drawn = probes?.columns.get(name);
    const { min, max } = columnStatistics(rows);
    wrong(`minimum of ${name}`, sidecar.feature_min[index], min);
    wrong(`maximum of ${name}`, sidecar.feature_max[index], max);
    if (drawn !== undefined) {
      const box = columnStatistics(drawn);
      wrong(`minimum of ${name} in the probes`, added?.feature_min[index], box.min);
      wrong(`maximum of ${name} in the probes`, added?.feature_max[index], box.max);
    }
    if (!isWhole) continue;
    const trained = columnStatistics(trainedOn(table, rows, drawn, added?.rows_left_out ?? 0));
    const scale = trained.std < CONSTANT_BELOW ? 1 : trained.std;
    const near = SUM_TOLERANCE * Math.max(Math.abs(trained.min), Math.abs(trained.max), scale);
    wrong(`mean of ${name}`, sidecar.feature_mean[index], trained.mean, near);
    wrong(`std of ${name}`, sidecar.feature_std[index], scale, near);
  }
  return { table, probes };
}

/** A column over all rows that a model was fitted on: without those at a bound of the teacher where they were left out, with the probes. */
function trainedOn(
  { columns, teacherColumn }: FeatureTable,
  rows: Float64Array,
  drawn: Float64Array | undefined,
  leftOut: number,
): Float64Array {
  const teacher = columns.get(teacherColumn);
  const kept =
    leftOut === 0
      ? rows
      : rows.filter((_, row) => (teacher?.[row] as number) > 0 && (teacher?.[row] as number) < 100);
  if (drawn === undefined) return kept;
  const all = new Float64Array(kept.length + drawn.length);
  all.set(kept);
  all.set(drawn, kept.length);
  return all;
}

function comparison(
  code: 'MANIFEST_DISAGREES' | 'DATASET_DISAGREES' | 'STATISTICS_DISAGREE',
  file: string,
  authority: string,
  report: Report,
): (
  what: string,
  said: string | number | null | undefined,
  is: string | number | null,
  tolerance?: number,
) => void {
  return (what, said, is, tolerance = 0) => {
    const isNear = typeof said === 'number' && typeof is === 'number' && Math.abs(said - is) <= tolerance;
    if (said === is || isNear) return;
    report(code, 'error', file, {
      expected: `${what} ${is}, as in ${authority}`,
      got: String(said),
      advice: RESTORE_TABLE,
    });
  };
}
