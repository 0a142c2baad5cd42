import { arrangeTable } from './arranged-table.ts';
import { ColumnTasks } from './column-tasks.ts';
import { decodeTable } from './decoded-table.ts';
import { TableError } from './errors.ts';
import type { FeatureSelection } from './feature-sets.ts';
import type { FeatureTable, NameColumn, ProbeTable, TableFile } from './feature-table.ts';
import { assertUnchanged, fileDigest, readInputFile, type InputFile } from './input-files.ts';
import { findInputFiles } from './table-files.ts';
import { planRead, type ReadPlan, type TableKind } from './read-plan.ts';
import { selectRows } from './row-selection.ts';
import { assertTeachersAgree } from './teacher-agreement.ts';
import { assertUniqueKeys } from './unique-keys.ts';
import { DecoderPool } from './decoder-pool.ts';

/** Options of `loadFeatureTable`. */
export interface LoadOptions {
  /** Files (parquet or CSV), folders of them and glob patterns: together one table. */
  readonly paths: readonly string[];
  readonly features: FeatureSelection;
  /** Default `vmaf`. */
  readonly teacherColumn?: string;
  /**
   * Columns by the names that they have in the files: `{ source: 'content' }` reads `content` as the source. libvmaf's own
   * names of features (`integer_adm2`) are understood without.
   */
  readonly map?: ReadonlyMap<string, string>;
  /** Leave out rows with a null, NaN or infinite value in a needed column instead of refusing the table. */
  readonly dropInvalid?: boolean;
  /**
   * Default true. With false, `dis_basename` and `frame_index` are not read: duplicates are not found, and rows
   * are ordered (and the digest is taken) as if the table did not have these columns.
   */
  readonly checkKeys?: boolean;
  /** Default 2^27 (134 million): seven float64 columns of it are 7.5 GB. */
  readonly maxRows?: number;
  /** Give up when decoding makes no progress for so long. Default 60,000, far above any row group on a slow disk. */
  readonly stallMs?: number;
  /** Default false. With true, `files` carry the sha256 of their bytes (1 s of one core per GB, beside the decoding). */
  readonly fileDigests?: boolean;
  readonly onProgress?: (rowsRead: number, rows: number) => void;
  readonly signal?: AbortSignal | undefined;
}

const MAX_ROWS = 2 ** 27;
const STALL_MS = 60_000;

// A second thread costs some 60 ms to start; below this size one thread is done sooner
const BYTES_WORTH_A_THREAD = 8 * 2 ** 20;
// A column of so many rows is sorted and hashed in the time that a thread takes to answer
const ROWS_WORTH_A_MESSAGE = 100_000;
const MAX_WORKERS = 4; // each holds some 40 MB; beyond four, hashing and sorting are what takes the time

/**
 * Reads parquet or CSV files into one validated feature table in canonical row order, with its content digest.
 *
 * @throws TableError every code of TableErrorCode except UNWRITABLE and those of logs
 * @example
 * const table = await loadFeatureTable({ paths: ['datasets/open9/open9_features.parquet'], features: 'canonical6' });
 * table.rows; // => 10320
 */
export async function loadFeatureTable(options: LoadOptions): Promise<FeatureTable> {
  const { rows, files, keys, sourcesBeforeDrop } = await loadRows(options, 'frames');
  return { ...rows, ...keys, source: keys.source as NameColumn, sourcesBeforeDrop, files };
}

/**
 * Reads parquet files into one validated table of teacher probes, by probe_index. A table with sources is refused.
 *
 * @throws TableError NOT_PROBES, and those of {@link loadFeatureTable}
 */
export async function loadProbeTable(options: Omit<LoadOptions, 'checkKeys'>): Promise<ProbeTable> {
  const { rows, files, keys } = await loadRows(options, 'probes');
  return { ...rows, probeIndex: keys.probeIndex as Uint32Array, files };
}

async function loadRows(
  options: LoadOptions,
  kind: TableKind,
): Promise<Awaited<ReturnType<typeof arrangeTable>> & { readonly files: readonly TableFile[] }> {
  const {
    paths,
    features,
    teacherColumn = 'vmaf',
    dropInvalid = false,
    map = new Map<string, string>(),
    checkKeys = true,
    maxRows = MAX_ROWS,
  } = options;
  const { fileDigests = false, stallMs = STALL_MS, onProgress, signal } = options;
  let rowsRead = 0;
  let plan: ReadPlan | undefined;
  const onRows = (rows: number): void => onProgress?.((rowsRead += rows), plan!.rows);
  const pool = new DecoderPool({ stallMs, onRows });
  const stop = new AbortController();
  const abort = (): void => {
    stop.abort();
    void pool.close();
  };
  signal?.addEventListener('abort', abort, { once: true });
  try {
    throwIfAborted(signal);
    pool.grow(1); // starts while the footers are read
    const files: InputFile[] = [];
    for (const path of await findInputFiles(paths)) files.push(await readInputFile(path));
    plan = planRead(files, { kind, features, teacherColumn, map, checkKeys, maxRows });
    throwIfAborted(signal);
    const described = describeFiles(files, fileDigests, stop.signal);
    described.catch(() => {}); // awaited below, unless something else fails first
    pool.grow(workersFor(plan));
    const decoded = await decodeTable(plan, pool);
    throwIfAborted(signal);
    const runner = plan.rows < ROWS_WORTH_A_MESSAGE ? new ColumnTasks(decoded.shared) : pool;
    const selection = await selectRows(decoded, plan, dropInvalid, runner);
    const arranged = await arrangeTable(decoded, selection, plan, runner);
    const table = { ...arranged, files: await described };
    assertUniqueKeys(table.keys, selection.rows, plan.pieces);
    assertTeachersAgree(table.rows, selection.rows, plan.pieces);
    throwIfAborted(signal);
    for (const file of files) await assertUnchanged(file);
    return table;
  } catch (error) {
    throwIfAborted(signal);
    throw error;
  } finally {
    signal?.removeEventListener('abort', abort);
    stop.abort();
    await pool.close();
  }
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true)
    throw new TableError('ABORTED', 'reading the feature table was stopped', { cause: signal.reason });
}

function workersFor(plan: ReadPlan): number {
  const worthwhile = 1 + Math.floor(plan.compressedBytes / BYTES_WORTH_A_THREAD);
  return Math.min(MAX_WORKERS, worthwhile, plan.pieces.length);
}

/** Digests are taken on the main thread while the workers decode. */
async function describeFiles(
  files: readonly InputFile[],
  digests: boolean,
  signal: AbortSignal,
): Promise<TableFile[]> {
  const described: TableFile[] = [];
  for (const { path, bytes } of files) {
    described.push({ path, bytes, ...(digests && { sha256: await fileDigest(path, signal) }) });
  }
  return described;
}
