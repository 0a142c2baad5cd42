import { join } from 'node:path';
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
  loadFeatureTable,
  loadProbeTable,
  type ProbeTable,
  summariseTable,
  TableError,
} from '@vqforge/table';
import { RegistryError } from '@vqforge/registry';
import type { Report } from '@vqforge/registry';
import { digestTreeFile } from './tree-files.ts';

/** A manifest that could be read, and whether its files are what it lists. */
export interface AuditedDataset {
  readonly path: string;
  readonly folder: string;
  readonly manifest: DatasetManifest;
  readonly isIntact: boolean;
}

/** The columns of a table that one model or manifest speaks about. */
interface Columns {
  readonly features: readonly string[];
  readonly teacher: string;
  readonly dropInvalid: boolean;
  /** Columns that have another name in the files. */
  readonly map: ReadonlyMap<string, string>;
}

const RESTORE_TABLE = 'restore the table, or write its manifest anew and train again';

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

/** Reads tables once for all that is asked of them. Only tables whose files are what their manifest lists are opened. */
export class TableReader {
  readonly #root: string;
  readonly #report: Report;
  readonly #tables = new Map<string, Promise<FeatureTable | null>>();
  readonly #probes = new Map<string, Promise<ProbeTable | null>>();

  constructor(root: string, report: Report) {
    this.#root = root;
    this.#report = report;
  }

  /** Null when the table cannot be read, which is a finding. */
  table(dataset: AuditedDataset, columns: Columns): Promise<FeatureTable | null> {
    const key = JSON.stringify([dataset.path, columns, [...columns.map]]);
    const table = this.#tables.get(key) ?? this.#load(dataset, columns);
    this.#tables.set(key, table);
    return table;
  }

  /** The same for a table of teacher probes. */
  probes(
    dataset: AuditedDataset,
    columns: Pick<Columns, 'features' | 'teacher'>,
  ): Promise<ProbeTable | null> {
    const { features, teacher } = columns;
    const key = JSON.stringify([dataset.path, columns]);
    const probes =
      this.#probes.get(key) ??
      this.#open(dataset, columns, (paths) =>
        loadProbeTable({ paths, features: [...features], teacherColumn: teacher }),
      );
    this.#probes.set(key, probes);
    return probes;
  }

  #load(dataset: AuditedDataset, columns: Columns): Promise<FeatureTable | null> {
    const { features, teacher, dropInvalid, map } = columns;
    return this.#open(dataset, columns, (paths) =>
      loadFeatureTable({ paths, features: [...features], teacherColumn: teacher, dropInvalid, map }),
    );
  }

  async #open<T>(
    { folder, manifest }: AuditedDataset,
    { features, teacher }: Pick<Columns, 'features' | 'teacher'>,
    load: (paths: string[]) => Promise<T>,
  ): Promise<T | null> {
    const paths = manifest.files.map(({ path }) => join(this.#root, folder, path));
    try {
      return await load(paths);
    } catch (error) {
      if (!(error instanceof TableError)) throw error;
      this.#report('BAD_TABLE', 'error', folder, {
        expected: `a feature table with ${[...features, teacher].join(', ')}`,
        // messages of the table package name files by the path that they were opened with
        got: `${error.code}: ${error.message.replaceAll(`${this.#root}/`, '')}`,
        advice: RESTORE_TABLE,
      });
      return null;
    }
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
  const has = new Set([...manifest.columns.map(({ name }) => name), ...map.keys()]);
  // the content digest is over named columns; manifests are made with the published model's
  const features = FEATURE_SETS.canonical6;
  if (![...features, manifest.teacher.column].every((name) => has.has(name))) return;
  const differ = comparison('MANIFEST_DISAGREES', path, 'the data', report);
  const teacher = manifest.teacher.column;
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
): Promise<FeatureTable | null> {
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
  if (added !== undefined && probes !== null) differ('probes', added.n_rows, probes.rows);
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
  return table;
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
