import * as z from 'zod';
import type { Json } from '@vqforge/base';
import { type DocumentKind, readDocument, writeDocument } from './document.ts';
import { digest, json, name } from './fields.ts';
import { isPortablePath } from './is-portable-path.ts';

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
 * What went into a run and what came out: the block `ai-run-provenance-v1`, which lusoris/vmaf writes too.
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

const pathDescription: z.ZodType<PathDescription> = z
  .strictObject({
    path: z
      .string()
      .min(1)
      .max(4096)
      .refine(isPortablePath, 'expected a path relative to the repository root'),
    exists: z.boolean(),
    kind: z.enum(['file', 'directory', 'missing']),
    sha256: digest.exactOptional(),
  })
  .refine(
    (value) => (value.kind === 'file') === (value.sha256 !== undefined),
    'expected sha256 exactly for files',
  );

const commandDescription: z.ZodType<CommandDescription> = z.strictObject({
  command: name,
  package: name,
  version: name,
});

const provenanceValue: z.ZodType<ProvenanceValue> = z.lazy(() =>
  z.union([z.null(), z.string(), pathDescription, z.array(provenanceValue)]),
);

export const runProvenance: z.ZodType<RunProvenance> = z.strictObject({
  schema: z.literal('ai-run-provenance-v1'),
  entrypoint: z.union([commandDescription, pathDescription]),
  argv: z.array(z.string()).exactOptional(),
  args: z.record(z.string(), json),
  inputs: z.record(z.string(), provenanceValue).exactOptional(),
  outputs: z.record(z.string(), provenanceValue).exactOptional(),
  shared_trainer: pathDescription.exactOptional(),
});

const KIND: DocumentKind<RunProvenance> = { name: 'run provenance', schema: runProvenance };

/**
 * A `run_provenance` block, read from JSON and checked.
 *
 * @throws ArtifactError NOT_JSON | TOO_LARGE | INVALID_DOCUMENT naming every bad field
 */
export function parseRunProvenance(input: unknown): RunProvenance {
  return readDocument(KIND, input);
}

/**
 * A `run_provenance` block as canonical JSON.
 *
 * @throws ArtifactError INVALID_DOCUMENT naming every bad field
 */
export function formatRunProvenance(value: RunProvenance): string {
  return writeDocument(KIND, value);
}
