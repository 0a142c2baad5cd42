import { stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import {
  columnMap,
  formatManifest,
  parseManifest,
  teacherName,
  type DatasetManifest,
  type DatasetSource,
  MAX_MANIFEST_BYTES,
} from '@vqforge/artifact';
import { readIfPresent, requireSafeOutputs, writeDocuments } from '@vqforge/artifact/node';
import {
  loadFeatureTable,
  summariseTable,
  tableColumns,
  type FeatureTable,
  type LoadOptions,
} from '@vqforge/table';
import { dataCard } from './data-card.ts';
import { commonFolder } from './dataset-files.ts';

export interface DescribeOptions extends Pick<LoadOptions, 'features' | 'map' | 'signal'> {
  /** Files, folders or globs: one table. */
  readonly paths: readonly string[];
  /** Default `vmaf`. */
  readonly teacherColumn?: string;
  /** Which model gave the scores, where the table does not say. */
  readonly teacherModel?: string;
  /** Whose judgement the scores are, where they come from no model. */
  readonly judgedBy?: 'people' | 'rule';
  /** Name of the dataset; default: that of an earlier manifest, else of the folder. */
  readonly id?: string;
  /** Licence of every source; default: what an earlier manifest says, else NOASSERTION. */
  readonly license?: string;
  /** Licence of models trained on the table; default: what an earlier manifest says, else every licence of the sources. */
  readonly modelLicense?: string;
  /** Authors to name for every source; default: those of an earlier manifest, else none. */
  readonly attribution?: string;
  /** Rights by source, before what the other options and an earlier manifest say of every source. */
  readonly rights?: ReadonlyMap<string, Pick<DatasetSource, 'license' | 'attribution' | 'url'>>;
  /** What the table lacks, a line each, for the data card. */
  readonly notes?: readonly string[];
  /** Leave to replace files of another kind. */
  readonly force?: boolean;
}

export interface DatasetDescription {
  readonly table: FeatureTable;
  readonly manifest: DatasetManifest;
  /** Manifest and data card. */
  readonly written: readonly string[];
}

/**
 * Describes a feature table: reads and checks all of it, and writes `manifest.json` and `data-card.md` beside it. What an
 * earlier manifest says of rights is kept, where no option says otherwise.
 *
 * @throws TableError of the table; ArtifactError INVALID_DOCUMENT, BAD_OUTPUT, UNWRITABLE
 * @example
 * const { manifest } = await describeDataset({ paths: ['mine/clips.parquet'], features: 'canonical6', license: 'CC0-1.0' });
 * manifest.sources[0]?.license; // => 'CC0-1.0'
 */
export async function describeDataset(options: DescribeOptions): Promise<DatasetDescription> {
  const { paths, features, teacherColumn = 'vmaf', map, signal, force = false } = options;
  const table = await loadFeatureTable({
    paths,
    features,
    teacherColumn,
    fileDigests: true,
    ...(map === undefined ? {} : { map }),
    signal,
  });
  const folder = await folderOf(paths, table);
  const output = { manifest: join(folder, 'manifest.json'), card: join(folder, 'data-card.md') };
  await requireSafeOutputs({
    outputs: [
      { path: output.manifest, flag: 'the manifest', kind: 'json', role: 'document' },
      { path: output.card, flag: 'the data card', kind: 'other', role: 'document' },
    ],
    inputs: table.files.map(({ path }) => path),
    force,
  });
  const earlier = await readIfPresent(output.manifest, MAX_MANIFEST_BYTES);
  const manifest = manifestOf(
    table,
    await tableColumns(paths),
    folder,
    options,
    earlier === undefined ? undefined : parseManifest(earlier),
  );
  await writeDocuments([
    { path: output.manifest, text: formatManifest(manifest) },
    { path: output.card, text: dataCard(manifest, summariseTable(table), options.notes) },
  ]);
  return { table, manifest, written: [output.manifest, output.card] };
}

/** A folder that was named, else the one that holds all files. */
async function folderOf(paths: readonly string[], { files }: FeatureTable): Promise<string> {
  const [only, ...others] = paths;
  const isFolder = others.length === 0 && (await stat(only!).catch(() => undefined))?.isDirectory() === true;
  return isFolder ? only! : commonFolder(files.map(({ path }) => dirname(path)));
}

function manifestOf(
  table: FeatureTable,
  columns: DatasetManifest['columns'],
  folder: string,
  options: DescribeOptions,
  earlier: DatasetManifest | undefined,
): DatasetManifest {
  const renamed = columnMap(new Map(table.mappings.map(({ column, from }) => [column, from])));
  const judgedBy = options.judgedBy ?? earlier?.judged_by;
  const license = options.modelLicense ?? earlier?.license;
  return {
    schema: 'vqforge-dataset-manifest-v1',
    id: options.id ?? earlier?.id ?? basename(resolve(folder)),
    files: table.files.map(({ path, bytes, sha256 }) => ({
      path: relative(folder, path).replaceAll(sep, '/'),
      sha256: sha256!, // it was asked for
      size_bytes: bytes,
    })),
    content_digest: table.contentDigest,
    rows: table.rows,
    columns,
    sources: sourcesOf(table, options, earlier),
    teacher: {
      column: table.teacherColumn,
      model: teacherName(table, {
        column: table.teacherColumn,
        model:
          options.teacherModel ??
          (earlier?.teacher.column === table.teacherColumn ? earlier.teacher.model : null),
      }),
    },
    ...(renamed.length === 0 ? {} : { column_map: renamed }),
    ...(judgedBy === undefined ? {} : { judged_by: judgedBy }),
    ...(license === undefined ? {} : { license }),
    license_notes: earlier?.license_notes ?? '',
    tool_versions: earlier?.tool_versions ?? {},
  };
}

function sourcesOf(
  table: FeatureTable,
  { license, attribution, rights }: DescribeOptions,
  earlier: DatasetManifest | undefined,
): DatasetSource[] {
  const known = new Map(earlier?.sources.map((source) => [source.name, source]));
  const pairs = table.source.names.map(() => new Set<number>());
  if (table.disBasename !== undefined)
    for (let row = 0; row < table.rows; row++)
      pairs[table.source.codes[row]!]!.add(table.disBasename.codes[row]!);
  return summariseTable(table).sources.map(({ name, rows }, code) => {
    const own = rights?.get(name);
    const before = own ?? known.get(name);
    return {
      name,
      rows,
      pairs: pairs[code]!.size,
      license: own?.license ?? license ?? before?.license ?? 'NOASSERTION',
      attribution: own?.attribution ?? attribution ?? before?.attribution ?? '',
      ...(before?.url === undefined ? {} : { url: before.url }),
    };
  });
}
