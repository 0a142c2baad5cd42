import type { InvalidCounts } from './column-decoder.ts';

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
  | { readonly name: string; readonly kind: 'frame'; readonly values: Uint32Array }
  | { readonly name: string; readonly kind: 'name'; readonly values: Uint32Array };

/** What a decoding thread answers. */
export interface DecoderCalls {
  /** Gives the thread the memory that later calls refer to. */
  share: { request: SharedTable; reply: void };
  decode: { request: DecodeTask; reply: DecodeResult };
  sort: { request: SortTask; reply: void };
  arrange: { request: ArrangeTask; reply: ArrangeResult };
}

/** Decode one row group into the shared columns. */
export interface DecodeTask {
  readonly path: string;
  readonly rowGroup: number;
  readonly rows: number;
  /** Where the first row of the group goes in every column. */
  readonly firstRow: number;
}

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

/** What sorts and hashes columns: the pool of threads, or `ColumnTasks` in the calling thread. */
export interface TaskRunner {
  sort(task: SortTask): Promise<void>;
  arrange(task: ArrangeTask): Promise<ArrangeResult>;
}
