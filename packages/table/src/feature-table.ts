import type { ColumnMapping } from './input-columns.ts';
import type { ColumnDigest } from './content-digest.ts';

/**
 * A validated feature table in canonical row order: by source, dis_basename and frame_index, as far as the table
 * has them; rows that these do not tell apart are ordered by teacher and features. Strings compare by their UTF-8
 * bytes, numbers by value (−0 before 0), so the order depends on no locale and not on the order of rows in the files.
 *
 * Arrays lie in shared memory, so worker threads can read them without a copy. They must not be written to.
 */
export interface FeatureTable extends LabelledRows {
  readonly source: NameColumn;
  readonly disBasename?: NameColumn;
  /** [rows], from 0 */
  readonly frameIndex?: Uint32Array;
  /** Sources of all rows, the dropped ones included: the folds to expect. */
  readonly sourcesBeforeDrop: readonly string[];
}

/**
 * A validated table of teacher probes, by probe_index: feature vectors drawn at random and labelled by a teacher. It has no
 * sources, so it can join training and cannot be held out.
 */
export interface ProbeTable extends LabelledRows {
  /** [rows], ascending. */
  readonly probeIndex: Uint32Array;
}

/** Rows with their teacher's scores and features: the part that tables of frames and of probes have in common. */
export interface LabelledRows {
  readonly rows: number;
  readonly teacherColumn: string;
  /** The teacher's scores before they were clipped, where the table has them. */
  readonly unclippedColumn?: string;
  /** In the order a model receives them. */
  readonly featureColumns: readonly string[];
  /** Teacher, unclipped teacher and features by name, each [rows], finite. */
  readonly columns: ReadonlyMap<string, Float64Array>;
  /** Distinct values of `teacher_model`, where the table has that column. */
  readonly teacherModels?: readonly string[];
  /** @see contentDigest */
  readonly contentDigest: string;
  readonly columnDigests: readonly ColumnDigest[];
  readonly files: readonly TableFile[];
  /** Rows left out because a needed value was null, NaN or infinite. */
  readonly droppedRows: number;
  readonly warnings: readonly TableWarning[];
  /** Columns that have another name in the files. */
  readonly mappings: readonly ColumnMapping[];
  /** Columns that are no features though all were asked for: indices of rows, scores of models. */
  readonly leftOut: readonly { readonly name: string; readonly why: string }[];
}

/** A string column: row r holds names[codes[r]]. Names are distinct, all in use, and in byte order. */
export interface NameColumn {
  readonly names: readonly string[];
  readonly codes: Uint32Array;
}

export interface TableFile {
  readonly path: string;
  readonly bytes: number;
  /** Where `fileDigests` was asked for. */
  readonly sha256?: string;
}

/** Something a user should know and that stops nothing. */
export interface TableWarning {
  readonly code: 'CONSTANT_FEATURE' | 'MIXED_TEACHERS';
  readonly column: string;
  readonly message: string;
}
