import * as v from 'valibot';
import { type DocumentKind, type Reader, readerOf, type Writer, writerOf } from './document.ts';
import { invariant, list, record, type Schema, strictObject, text } from './schema.ts';
import { count, digest, name, relativePath, type Teacher, teacher } from './fields.ts';

export interface DatasetFile {
  /** Relative to the manifest's folder. */
  readonly path: string;
  readonly sha256: string;
  readonly size_bytes: number;
}

/** One reference content with its rights. */
export interface DatasetSource {
  readonly name: string;
  readonly rows: number;
  /** Reference/distorted pairs. */
  readonly pairs: number;
  readonly license: string;
  readonly attribution: string;
  readonly url?: string;
}

export interface DatasetColumn {
  readonly name: string;
  readonly type: string;
}

/** `manifest.json` beside a feature table: what it holds, who may use it, how it was computed. */
export interface DatasetManifest {
  readonly schema: 'vqforge-dataset-manifest-v1';
  readonly id: string;
  readonly files: readonly DatasetFile[];
  /** Digest of the rows, however they lie in files. */
  readonly content_digest: string;
  readonly rows: number;
  readonly columns: readonly DatasetColumn[];
  /** Empty for a table of teacher probes, which has a column `probe_index` instead. */
  readonly sources: readonly DatasetSource[];
  readonly teacher: Teacher;
  /** Columns that the table knows by another name than its files, as `new=old`. */
  readonly column_map?: readonly string[];
  /** Whose judgement the teacher's scores are, where it is no model. */
  readonly judged_by?: 'people' | 'rule';
  /** Licence of models that are trained on the table, as its owner says; default: every licence of the sources. */
  readonly license?: string;
  readonly license_notes: string;
  /** Such as `{ libvmaf: 'f85a8536', ffmpeg: '7.1' }`. */
  readonly tool_versions: Readonly<Record<string, string>>;
}

const file: Schema<DatasetFile> = strictObject({
  path: relativePath('the manifest'),
  sha256: digest,
  size_bytes: count,
});

const source: Schema<DatasetSource> = strictObject({
  name,
  rows: count,
  pairs: count,
  license: name,
  attribution: text(1024),
  url: v.exactOptional(text(1024)),
});

const KIND: DocumentKind<DatasetManifest> = {
  name: 'dataset manifest',
  schema: v.pipe(
    strictObject({
      schema: v.literal('vqforge-dataset-manifest-v1'),
      id: name,
      files: list(file, 1),
      content_digest: digest,
      rows: count,
      columns: list(strictObject({ name, type: name }), 1),
      sources: v.array(source),
      teacher,
      column_map: v.exactOptional(v.array(text(1024, 3))),
      judged_by: v.exactOptional(v.picklist(['people', 'rule'])),
      license: v.exactOptional(name),
      license_notes: text(4096),
      tool_versions: record(v.string()),
    }),
    invariant(function* ({ rows, columns, sources }) {
      const isProbes = columns.some((column) => column.name === 'probe_index');
      if ((sources.length === 0) !== isProbes)
        yield [['sources'], 'expected at least one source, and none where there is a column probe_index'];
      const total = sources.reduce((sum, source) => sum + source.rows, 0);
      if (!isProbes && total !== rows) yield [['rows'], `expected the sources' sum ${total}, got ${rows}`];
      for (const [key, items] of Object.entries({ sources, columns }))
        if (new Set(items.map((item) => item.name)).size !== items.length)
          yield [[key], 'expected distinct names'];
    }),
  ),
};

/**
 * The manifest of a dataset, read from JSON and checked.
 *
 * @throws ArtifactError NOT_JSON | TOO_LARGE | INVALID_DOCUMENT naming every bad field
 */
export const parseManifest: Reader<DatasetManifest> = readerOf(KIND);

/**
 * The manifest of a dataset as canonical JSON, checked before it is written.
 *
 * @throws ArtifactError INVALID_DOCUMENT naming every bad field
 */
export const formatManifest: Writer<DatasetManifest> = writerOf(KIND);

/**
 * The licence of a model that is trained on a table: what its manifest says, else every licence of its sources once;
 * unknown terms of any source are unknown terms of the model.
 *
 * @returns an SPDX expression, or NOASSERTION
 * @example modelLicense({ sources: [{ license: 'CC0-1.0' }, { license: 'CC-BY-4.0' }] }) // => 'CC-BY-4.0 AND CC0-1.0'
 */
export function modelLicense(
  manifest:
    | { readonly license?: string; readonly sources: readonly { readonly license: string }[] }
    | undefined,
): string {
  if (manifest === undefined) return NO_LICENSE;
  if (manifest.license !== undefined) return manifest.license;
  const licenses = new Set(manifest.sources.map(({ license }) => license));
  const all = [...licenses].sort().join(' AND ');
  return licenses.has(NO_LICENSE) || all.length > MAX_LICENSE ? NO_LICENSE : all;
}

const NO_LICENSE = 'NOASSERTION';
/** Most characters of a name in a document. */
const MAX_LICENSE = 256;
