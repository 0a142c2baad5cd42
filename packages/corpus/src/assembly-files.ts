import { rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { formatCorpusLineage, type CorpusLineage, type CorpusResult } from '@vqforge/artifact';
import { writeDocuments } from '@vqforge/artifact/node';
import { counted } from '@vqforge/base';
import { temporaryPath } from '@vqforge/base/node';
import { writeFeatureTable, type ColumnData } from '@vqforge/table';
import { digestClip } from './clip-digest-files.ts';
import type { CorpusFolder, RecordedRun } from './corpus-folder-files.ts';
import type { DigestOf, PlannedPair } from './corpus-plan.ts';
import { CorpusError } from './errors.ts';
import type { CorpusPair } from './manifest.ts';

/** A pair without rows, and why. */
export interface MissingPair {
  readonly pair: CorpusPair;
  readonly why: string;
}

/** A table that was put together, with what lies beside it. */
export interface Assembly {
  readonly table: string;
  readonly sha256: string;
  readonly rows: number;
  readonly pairs: number;
  readonly missing: readonly MissingPair[];
  /** Table, manifest, data card and lineage; without a teacher table and lineage. */
  readonly written: readonly string[];
}

interface AssembleRequest {
  readonly folder: CorpusFolder;
  readonly recorded: RecordedRun;
  /** Pairs with results, in the order of the table. */
  readonly present: readonly PlannedPair[];
  readonly digest: DigestOf;
  readonly missing: readonly MissingPair[];
  /** Leave to write a table although pairs are missing. */
  readonly partial: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Pairs that a message names. */
const MOST_NAMED = 20;
/** Rows that are encoded together: a batch takes 2 ms however few rows it has. */
const BATCH_ROWS = 16_384;

/**
 * Writes the table of a corpus: rows in the order of source, name of the distorted clip and frame. The same results give the same
 * bytes. Beside it lie its dataset manifest and data card, where a teacher was asked for, and its lineage.
 *
 * @throws CorpusError INCOMPLETE naming pairs that are missing; DAMAGED_RESULT
 * @throws TableError | ArtifactError of what is written
 */
export async function assembleTable({
  folder,
  recorded,
  present,
  digest,
  missing,
  partial,
  signal,
}: AssembleRequest): Promise<Assembly> {
  if (present.length === 0 || (missing.length > 0 && !partial)) throw incomplete(missing, present.length);
  const { run, manifest } = recorded;
  const names = measuredColumns(folder, present, run.measurement.psnr);
  let rows = 0;
  const batches = (function* (): Generator<readonly ColumnData[]> {
    for (const batch of batchesOf(folder, present)) {
      rows += batch.reduce((sum, { result }) => sum + result.frames.length, 0);
      yield rowsOf(batch, names, manifest.extraColumns, run.measurement.teacher?.model);
    }
  })();
  // several shares may end at once
  const temporary = await temporaryPath(folder.table);
  let sha256: string;
  try {
    await writeFeatureTable({ path: temporary, batches });
    // of this file, while no other share can replace it
    ({ sha256 } = await digestClip(temporary));
    await rename(temporary, folder.table);
  } finally {
    await rm(temporary, { force: true });
  }
  const described = run.measurement.teacher === null ? [] : await describe(folder, recorded, missing, signal);
  const lineagePath = join(folder.path, 'lineage.json');
  const lineage = lineageOf(recorded, present, digest, missing, {
    path: basename(folder.table),
    sha256,
    rows,
  });
  await writeDocuments([{ path: lineagePath, text: formatCorpusLineage(lineage) }]);
  return {
    table: folder.table,
    sha256,
    rows,
    pairs: present.length,
    missing,
    written: [folder.table, ...described, lineagePath],
  };
}

function incomplete(missing: readonly MissingPair[], present: number): CorpusError {
  const named = missing
    .slice(0, MOST_NAMED)
    .map(({ pair, why }) => `${pair.source} ${pair.disBasename} (${why})`)
    .join('; ');
  const others = missing.length > MOST_NAMED ? `; and ${missing.length - MOST_NAMED} more` : '';
  return new CorpusError(
    'INCOMPLETE',
    `the corpus is incomplete: ${missing.length} of ${counted(missing.length + present, 'pair')} have no result: ${named}${others}; run it again, or ${present === 0 ? 'see vqforge corpus status' : '--partial leaves them out'}`,
  );
}

/** A pair with what was measured of it. */
interface MeasuredPair {
  readonly pair: CorpusPair;
  readonly result: CorpusResult;
}

function* batchesOf({ store }: CorpusFolder, present: readonly PlannedPair[]): Generator<MeasuredPair[]> {
  let batch: MeasuredPair[] = [];
  let rows = 0;
  for (const { pair, id } of present) {
    const result = store.get(id);
    batch.push({ pair, result });
    rows += result.frames.length;
    if (rows < BATCH_ROWS) continue;
    yield batch;
    [batch, rows] = [[], 0];
  }
  if (batch.length > 0) yield batch;
}

/** Columns of the table that were measured. A grey clip has no PSNR of chroma: the pair with the most columns has all. */
function measuredColumns({ store }: CorpusFolder, present: readonly PlannedPair[], psnr: boolean): string[] {
  let names: string[] = [];
  for (const { id } of psnr ? present : present.slice(0, 1)) {
    const { columns } = store.get(id);
    if (columns.length > names.length) names = columns.map(({ name }) => name);
  }
  return names;
}

/** Rows of pairs, one after the other. Own columns are text, so that no feature set takes them for features. */
function rowsOf(
  batch: readonly MeasuredPair[],
  names: readonly string[],
  extraColumns: readonly string[],
  teacherModel: string | undefined,
): readonly ColumnData[] {
  const text = (name: string, of: (pair: CorpusPair) => string): ColumnData => ({
    name,
    type: 'string',
    values: batch.flatMap(({ pair, result }) => {
      const value = of(pair);
      return result.frames.map(() => value);
    }),
  });
  const measured = (name: string): ColumnData => {
    const parts = batch.map(({ result }) => result.columns.find((column) => column.name === name)?.values);
    const isWhole = parts.every((part) => part !== undefined);
    const values = parts.flatMap(
      (part, at): readonly (number | null)[] =>
        part ?? (batch[at] as MeasuredPair).result.frames.map(() => null),
    );
    return { name, type: 'float64', values: isWhole ? Float64Array.from(values as number[]) : values };
  };
  return [
    text('source', ({ source }) => source),
    text('dis_basename', ({ disBasename }) => disBasename),
    {
      name: 'frame_index',
      type: 'uint32',
      values: Uint32Array.from(batch.flatMap(({ result }) => result.frames)),
    },
    ...extraColumns.map((name, at) => text(name, ({ extra }) => extra[at] ?? '')),
    ...names.map(measured),
    ...(teacherModel === undefined ? [] : [text('teacher_model', () => teacherModel)]),
  ];
}

async function describe(
  folder: CorpusFolder,
  { manifest }: RecordedRun,
  missing: readonly MissingPair[],
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  // 0.3 s of modules, for a table that is described
  const { describeDataset } = await import('@vqforge/pipeline');
  const { written } = await describeDataset({
    paths: [folder.table],
    features: 'canonical6',
    rights: manifest.rights,
    notes: missing.map(({ pair, why }) => `${pair.source}, ${pair.disBasename}: ${why}`),
    signal,
  });
  return written;
}

function lineageOf(
  { run, manifest }: RecordedRun,
  present: readonly PlannedPair[],
  digest: DigestOf,
  missing: readonly MissingPair[],
  table: CorpusLineage['table'],
): CorpusLineage {
  return {
    schema: 'vqforge/corpus-lineage-v1',
    manifest: { name: run.manifest.file, sha256: manifest.sha256 },
    measurement: run.measurement,
    identity: run.identity,
    table,
    pairs: present.map(({ pair, id }) => ({
      source: pair.source,
      dis_basename: pair.disBasename,
      reference_sha256: digest(pair.reference)?.sha256 ?? '',
      distorted_sha256: digest(pair.distorted)?.sha256 ?? '',
      id,
    })),
    missing: missing.map(({ pair, why }) => ({
      source: pair.source,
      dis_basename: pair.disBasename,
      why,
    })),
  };
}
