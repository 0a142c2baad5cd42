import { readdir } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import {
  modelLicense,
  parseManifest,
  teacherName,
  type DatasetManifest,
  MAX_MANIFEST_BYTES,
} from '@vqforge/artifact';
import type { FeatureTable, LabelledRows, ProbeTable } from '@vqforge/table';
import type { ProbeData, TrainingData } from '@vqforge/train';
import { readIfPresent } from '@vqforge/artifact/node';
import { PipelineError } from './errors.ts';

/** The names of a table and of its teacher, where its own columns do not say. */
export interface DatasetNames {
  readonly id: string;
  readonly teacherModel: string | null;
  /** Licence of the models that are made from it: an SPDX expression, or NOASSERTION. */
  readonly license: string;
}

/** The table of a run as documents describe it. */
export interface Dataset extends DatasetNames {
  readonly pairs: number;
  /** Sources that must each be a fold. */
  readonly expectedFolds: readonly string[];
  /** Where one was found. */
  readonly manifest?: DatasetManifest;
}

/** Most characters of a name in a document. */
const MAX_NAME_LENGTH = 256;

/**
 * Identifies a table by its content, so that documents do not depend on where the file lies and what it is called: by
 * the manifest.json beside it, by a manifest below `datasets/` with its content digest, or by that digest itself.
 *
 * @param datasets folder whose subfolders hold manifests
 * @param known names that an earlier run recorded; manifests are not asked then
 * @throws PipelineError STALE_MANIFEST when the manifest beside the file lists it with another digest; BAD_NAME
 * on a name that documents cannot hold
 */
export async function identifyDataset(
  table: FeatureTable,
  datasets: string,
  known?: DatasetNames,
): Promise<Dataset> {
  const manifest = known === undefined ? await manifestOf(table, datasets) : undefined;
  const stated =
    known === undefined ? manifest?.teacher : { column: table.teacherColumn, model: known.teacherModel };
  const dataset = {
    id: known?.id ?? manifest?.id ?? `table-${table.contentDigest.slice(0, 12)}`,
    pairs: pairCount(table),
    expectedFolds:
      manifest === undefined ? table.sourcesBeforeDrop : manifest.sources.map(({ name }) => name),
    teacherModel: teacherName(table, stated),
    license: known?.license ?? modelLicense(manifest),
    ...(manifest === undefined ? {} : { manifest }),
  };
  requireNames('source', dataset.expectedFolds);
  requireNames('column', [table.teacherColumn, ...table.featureColumns]);
  if (dataset.teacherModel !== null) requireNames('teacher model', [dataset.teacherModel]);
  return dataset;
}

/** The manifest beside a table's file, or one below the folder of datasets with its content digest. @throws PipelineError STALE_MANIFEST */
export async function manifestOf(
  table: LabelledRows,
  datasets: string,
): Promise<DatasetManifest | undefined> {
  return (await manifestBeside(table)) ?? (await manifestOfContent(table, datasets));
}

/** A manifest in the folder of the file, or of all files, that lists them. */
async function manifestBeside({ files }: LabelledRows): Promise<DatasetManifest | undefined> {
  if (files.length === 0) return undefined;
  const folder = commonFolder(files.map(({ path }) => dirname(path)));
  const path = join(folder, 'manifest.json');
  const bytes = await readIfPresent(path, MAX_MANIFEST_BYTES);
  if (bytes === undefined) return undefined;
  const manifest = parseManifest(bytes);
  const digests = new Map(manifest.files.map((file) => [file.path, file.sha256]));
  for (const file of files) {
    const listed = digests.get(relative(folder, file.path).replaceAll(sep, '/'));
    if (listed === undefined) return undefined;
    if (listed !== file.sha256)
      throw new PipelineError(
        'STALE_MANIFEST',
        `${file.path} has sha256 ${file.sha256}, its manifest ${path} says ${listed}: restore the file, or correct or remove the manifest`,
      );
  }
  return manifest;
}

/** The deepest folder that is, or is above, each of them. */
export function commonFolder(folders: readonly string[]): string {
  const isAbove = (folder: string): boolean =>
    folders.every(
      (other) => other === folder || other.startsWith(folder.endsWith(sep) ? folder : folder + sep),
    );
  let folder = folders[0]!;
  while (!isAbove(folder) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

/** The same rows in another file, as moving, renaming and encoding again make it. */
async function manifestOfContent(
  table: LabelledRows,
  datasets: string,
): Promise<DatasetManifest | undefined> {
  const found = await manifestsBelow(datasets);
  return found.find(({ manifest }) => manifest.content_digest === table.contentDigest)?.manifest;
}

/** The manifests in the folders below a folder of datasets, by the names of the folders. */
export async function manifestsBelow(
  datasets: string,
): Promise<{ readonly folder: string; readonly manifest: DatasetManifest }[]> {
  const names = await readdir(datasets).catch((): string[] => []);
  const found: { folder: string; manifest: DatasetManifest }[] = [];
  for (const name of names.sort((a, b) => (a < b ? -1 : 1))) {
    const folder = join(datasets, name);
    const manifest = await readIfPresent(join(folder, 'manifest.json'), MAX_MANIFEST_BYTES)
      .then((bytes) => (bytes === undefined ? undefined : parseManifest(bytes)))
      // a manifest that cannot be read is for the training on its own table to report
      .catch(() => undefined);
    if (manifest !== undefined) found.push({ folder, manifest });
  }
  return found;
}

/** Said before training, not when the documents are written. */
function requireNames(what: string, names: readonly string[]): void {
  for (const name of names) {
    if (name.length >= 1 && name.length <= MAX_NAME_LENGTH) continue;
    throw new PipelineError(
      'BAD_NAME',
      `${what} ${JSON.stringify(name.slice(0, 40))} has a name of ${name.length} characters, documents hold 1 to ${MAX_NAME_LENGTH}; rename it in the table`,
    );
  }
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
export function trainingData(table: FeatureTable, probes?: ProbeTable): TrainingData {
  return {
    ...labelledRows(table),
    source: table.source,
    ...(probes === undefined ? {} : { probes: labelledRows(probes) }),
  };
}

function labelledRows({ featureColumns, teacherColumn, unclippedColumn, columns }: LabelledRows): ProbeData {
  const column = (name: string): Float64Array => columns.get(name) as Float64Array;
  return {
    features: featureColumns.map(column),
    target: column(teacherColumn),
    ...(unclippedColumn === undefined ? {} : { unclipped: column(unclippedColumn) }),
  };
}
