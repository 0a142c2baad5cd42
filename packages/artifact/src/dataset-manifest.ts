import * as z from 'zod';
import { type DocumentKind, readDocument, writeDocument } from './document.ts';
import { count, digest, name, type Teacher, teacher } from './fields.ts';
import { isPortablePath } from './is-portable-path.ts';

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

const file: z.ZodType<DatasetFile> = z.strictObject({
  path: z.string().min(1).max(4096).refine(isPortablePath, 'expected a path relative to the manifest'),
  sha256: digest,
  size_bytes: count,
});

const source: z.ZodType<DatasetSource> = z.strictObject({
  name,
  rows: count,
  pairs: count,
  license: name,
  attribution: z.string().max(1024),
  url: z.string().max(1024).exactOptional(),
});

const KIND: DocumentKind<DatasetManifest> = {
  name: 'dataset manifest',
  schema: z
    .strictObject({
      schema: z.literal('vqforge-dataset-manifest-v1'),
      id: name,
      files: z.array(file).min(1),
      content_digest: digest,
      rows: count,
      columns: z.array(z.strictObject({ name, type: name })).min(1),
      sources: z.array(source),
      teacher,
      column_map: z.array(z.string().min(3).max(1024)).exactOptional(),
      judged_by: z.enum(['people', 'rule']).exactOptional(),
      license: name.exactOptional(),
      license_notes: z.string().max(4096),
      tool_versions: z.record(z.string(), z.string()),
    })
    .superRefine((value, context) => {
      const isProbes = value.columns.some((column) => column.name === 'probe_index');
      if ((value.sources.length === 0) !== isProbes) {
        context.addIssue({
          code: 'custom',
          path: ['sources'],
          message: 'expected at least one source, and none where there is a column probe_index',
        });
      }
      const total = value.sources.reduce((sum, { rows }) => sum + rows, 0);
      if (!isProbes && total !== value.rows) {
        context.addIssue({
          code: 'custom',
          path: ['rows'],
          message: `expected the sources' sum ${total}, got ${value.rows}`,
        });
      }
      for (const key of ['sources', 'columns'] as const) {
        const names = value[key].map((item) => item.name);
        if (new Set(names).size !== names.length) {
          context.addIssue({ code: 'custom', path: [key], message: 'expected distinct names' });
        }
      }
    }),
};

/**
 * The manifest of a dataset, read from JSON and checked.
 *
 * @throws ArtifactError NOT_JSON | TOO_LARGE | INVALID_DOCUMENT naming every bad field
 */
export function parseManifest(input: unknown): DatasetManifest {
  return readDocument(KIND, input);
}

/**
 * The manifest of a dataset as canonical JSON, checked before it is written.
 *
 * @throws ArtifactError INVALID_DOCUMENT naming every bad field
 */
export function formatManifest(manifest: DatasetManifest): string {
  return writeDocument(KIND, manifest);
}

/**
 * The licence of a model that is trained on a table: what its manifest says, else every licence of its sources once;
 * unknown terms of any source are unknown terms of the model.
 *
 * @returns an SPDX expression, or NOASSERTION
 * @example modelLicense({ sources: [{ license: 'CC0-1.0' }, { license: 'CC-BY-4.0' }] }) // => 'CC-BY-4.0 AND CC0-1.0'
 */
export function modelLicense(
  manifest:
    { readonly license?: string; readonly sources: readonly { readonly license: string }[] } | undefined,
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
