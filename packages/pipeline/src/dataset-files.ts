import { basename, dirname, join } from 'node:path';
import { parseManifest, type DatasetManifest } from '@vqforge/artifact';
import type { FeatureTable } from '@vqforge/table';
import type { TrainingData } from '@vqforge/train';
import { readIfPresent } from './document-files.ts';
import { PipelineError } from './errors.ts';

/** What documents say about the table of a run. */
export interface Dataset {
  readonly id: string;
  readonly pairs: number;
  /** Sources that must each be a fold. */
  readonly expectedFolds: readonly string[];
  readonly teacherModel: string | null;
}

/** A manifest is a page of text; 4 MiB is generous. */
const MAX_MANIFEST_BYTES = 4 * 1_048_576;

/**
 * Identifies a table by the manifest.json beside it, or by its file name where there is none.
 * @throws PipelineError STALE_MANIFEST when the manifest lists the file with another digest
 */
export async function identifyDataset(table: FeatureTable): Promise<Dataset> {
  const manifest = await manifestOf(table);
  const teachers = table.teacherModels ?? [];
  return {
    id: manifest?.id ?? basename(table.files[0]?.path ?? 'table', '.parquet'),
    pairs: pairCount(table),
    expectedFolds:
      manifest === undefined ? table.sourcesBeforeDrop : manifest.sources.map(({ name }) => name),
    teacherModel:
      teachers.length > 0
        ? teachers.join(', ')
        : manifest?.teacher.column === table.teacherColumn
          ? manifest.teacher.model
          : null,
  };
}

async function manifestOf(table: FeatureTable): Promise<DatasetManifest | undefined> {
  const [file, ...others] = table.files;
  if (file === undefined || others.length > 0) return undefined;
  const path = join(dirname(file.path), 'manifest.json');
  const bytes = await readIfPresent(path, MAX_MANIFEST_BYTES);
  if (bytes === undefined) return undefined;
  const manifest = parseManifest(bytes);
  const listed = manifest.files.find((entry) => entry.path === basename(file.path));
  if (listed === undefined) return undefined;
  if (listed.sha256 !== file.sha256)
    throw new PipelineError(
      'STALE_MANIFEST',
      `${file.path} has sha256 ${file.sha256}, its manifest ${path} says ${listed.sha256}: restore the file, or correct or remove the manifest`,
    );
  return manifest;
}

/** Distinct (source, dis_basename); 0 where the table does not name the distorted clips. */
function pairCount({ source, disBasename }: FeatureTable): number {
  if (disBasename === undefined) return 0;
  const pairs = new Set<number>();
  for (let row = 0; row < source.codes.length; row++) {
    pairs.add((source.codes[row] as number) * disBasename.names.length + (disBasename.codes[row] as number));
  }
  return pairs.size;
}

/** The columns that training reads. */
export function trainingData(table: FeatureTable): TrainingData {
  const column = (name: string): Float64Array => table.columns.get(name) as Float64Array;
  return {
    features: table.featureColumns.map(column),
    target: column(table.teacherColumn),
    source: table.source,
  };
}
