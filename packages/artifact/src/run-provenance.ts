import * as v from 'valibot';
import type { Json } from '@vqforge/base';
import { type DocumentKind, type Reader, readerOf, type Writer, writerOf } from './document.ts';
import { json, record, type Schema, strictObject } from './schema.ts';
import { digest, name, relativePath } from './fields.ts';

/** A file or folder that a run touched; `path` is relative to the repository root, POSIX separators. */
export interface PathDescription {
  readonly path: string;
  readonly exists: boolean;
  readonly kind: 'file' | 'directory' | 'missing';
  /** Lowercase hex; only for files. */
  readonly sha256?: string;
}

/** How the run was started: the command and the version of the package that implements it. */
export interface CommandDescription {
  readonly command: string;
  readonly package: string;
  readonly version: string;
}

export type ProvenanceValue = null | string | PathDescription | readonly ProvenanceValue[];

/**
 * Inputs, arguments and outputs of a run: the block `ai-run-provenance-v1`, which lusoris/vmaf writes too.
 *
 * In a sidecar, `entrypoint` is a command, `argv` is absent, `args` holds only what can change the bytes, and
 * inputs and outputs are content digests. In metrics.json the block is complete.
 */
export interface RunProvenance {
  readonly schema: 'ai-run-provenance-v1';
  readonly entrypoint: CommandDescription | PathDescription;
  readonly argv?: readonly string[];
  readonly args: Readonly<Record<string, Json>>;
  readonly inputs?: Readonly<Record<string, ProvenanceValue>>;
  readonly outputs?: Readonly<Record<string, ProvenanceValue>>;
  /** In documents of lusoris/vmaf's wrapper scripts: the trainer that they share. */
  readonly shared_trainer?: PathDescription;
}

const pathDescription: Schema<PathDescription> = v.pipe(
  strictObject({
    path: relativePath('the repository root'),
    exists: v.boolean(),
    kind: v.picklist(['file', 'directory', 'missing']),
    sha256: v.exactOptional(digest),
  }),
  v.check(
    ({ kind, sha256 }) => (kind === 'file') === (sha256 !== undefined),
    'expected sha256 exactly for files',
  ),
);

const commandDescription: Schema<CommandDescription> = strictObject({
  command: name,
  package: name,
  version: name,
});

const provenanceValue: Schema<ProvenanceValue> = v.lazy((input): Schema<ProvenanceValue> => {
  if (Array.isArray(input)) return v.array(provenanceValue);
  return typeof input === 'object' && input !== null ? pathDescription : v.nullable(v.string());
});

function isCommand(input: unknown): boolean {
  return typeof input === 'object' && input !== null && 'command' in input;
}

export const runProvenance: Schema<RunProvenance> = strictObject({
  schema: v.literal('ai-run-provenance-v1'),
  entrypoint: v.lazy((input) => (isCommand(input) ? commandDescription : pathDescription)),
  argv: v.exactOptional(v.array(v.string())),
  args: record(json),
  inputs: v.exactOptional(record(provenanceValue)),
  outputs: v.exactOptional(record(provenanceValue)),
  shared_trainer: v.exactOptional(pathDescription),
});

const KIND: DocumentKind<RunProvenance> = { name: 'run provenance', schema: runProvenance };

/**
 * A `run_provenance` block, read from JSON and checked.
 *
 * @throws ArtifactError NOT_JSON | TOO_LARGE | INVALID_DOCUMENT naming every bad field
 */
export const parseRunProvenance: Reader<RunProvenance> = readerOf(KIND);

/**
 * A `run_provenance` block as canonical JSON.
 *
 * @throws ArtifactError INVALID_DOCUMENT naming every bad field
 */
export const formatRunProvenance: Writer<RunProvenance> = writerOf(KIND);
