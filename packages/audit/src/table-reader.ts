import { join } from 'node:path';
import type { DatasetManifest } from '@vqforge/artifact';
import type { Report } from '@vqforge/registry';
import {
  type FeatureTable,
  loadFeatureTable,
  loadProbeTable,
  type ProbeTable,
  tableColumns,
  TableError,
} from '@vqforge/table';
import type { AuditedDataset } from './dataset-files.ts';

/** Advice for a table that is not what documents say. */
export const RESTORE_TABLE = 'restore the table, or write its manifest anew and train again';

/** The columns of a table that one model or manifest speaks about. */
interface Columns {
  readonly features: readonly string[];
  readonly teacher: string;
  readonly dropInvalid: boolean;
  /** Columns that have another name in the files. */
  readonly map: ReadonlyMap<string, string>;
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

  /** Names and types of all columns in the files. */
  columns(dataset: AuditedDataset): Promise<DatasetManifest['columns'] | null> {
    return this.#open(dataset, { features: [], teacher: 'a teacher' }, tableColumns);
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
