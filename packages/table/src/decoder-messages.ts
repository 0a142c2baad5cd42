import type { InvalidCounts } from './column-decoder.ts';
import type { RowGroupRun } from './row-group-file.ts';

/**
 * The memory that the main thread and its workers share: one array per needed column, and the row order.
 * It is sent once: every arrival counts against the collector of the receiving thread, and tasks that carried it
 * would set off a full collection each.
 */
export interface SharedTable {
  readonly columns: readonly SharedColumn[];
  /** Row numbers, in canonical order once sorted. */
  readonly order: Uint32Array;
}

export type SharedColumn =
  | { readonly name: string; readonly kind: 'number'; readonly values: Float64Array }
  | { readonly name: string; readonly kind: 'frame' | 'name'; readonly values: Uint32Array };

/** The calls of a decoding thread, with their answers. */
export interface DecoderCalls {
  /** Gives the thread the memory that later calls refer to. */
  share: { request: SharedTable; reply: void };
  decode: { request: DecodeTask; reply: DecodeResult };
  sort: { request: SortTask; reply: void };
  arrange: { request: ArrangeTask; reply: ArrangeResult };
}

/** Decode some row groups, or a text file, into the shared columns. */
export interface DecodeTask {
  readonly path: string;
  /** Name of the part, for messages. */
  readonly what: string;
  readonly rows: number;
  /** Where the first of these rows goes in every column. */
  readonly firstRow: number;
  readonly content: ParquetContent | CsvContent;
  /** Per shared column: which column of the content it is, or what it is in all rows. */
  readonly inputs: readonly ColumnInput[];
}

interface ParquetContent extends RowGroupRun {
  readonly format: 'parquet';
}

interface CsvContent {
  readonly format: 'csv';
  readonly delimiter: string;
}

/** Text of a folder's name such as `source=Cars`, null where it stands for no value. */
export type ColumnInput = { readonly column: number } | { readonly constant: string | null };

export interface DecodeResult {
  /** The thread whose numbering of names the codes refer to. */
  readonly thread: number;
  /** Per shared column. */
  readonly invalid: readonly InvalidCounts[];
  /** Per shared column: names this thread met for the first time, in order of their codes. */
  readonly newNames: readonly (readonly string[])[];
}

/** Sort order[from, to) by columns, most significant first. */
export interface SortTask {
  readonly from: number;
  readonly to: number;
  readonly columns: readonly string[];
}

/** Hash one column over the first `rows` rows of the order; with `move`, put it in that order first. */
export interface ArrangeTask {
  readonly column: string;
  readonly rows: number;
  readonly move: boolean;
  /** For a name column: its names, which are hashed before the codes. */
  readonly names?: readonly string[];
}

export interface ArrangeResult {
  /** In new shared memory, where the column was moved. */
  readonly moved?: Float64Array | Uint32Array;
  readonly sha256: string;
}

/** A runner of the tasks that sort and hash columns: the pool of threads, or `ColumnTasks` in the calling thread. */
export interface TaskRunner {
  sort(task: SortTask): Promise<void>;
  arrange(task: ArrangeTask): Promise<ArrangeResult>;
}
