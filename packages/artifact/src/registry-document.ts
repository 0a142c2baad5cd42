import * as v from 'valibot';
import { canonicalJson } from '@vqforge/base';
import { type DocumentKind, readDocument } from './document.ts';
import { ArtifactError } from './errors.ts';
import { checked, looseObject, matching, record, type Schema, text } from './schema.ts';
import { count, digest, modelId, opset, share } from './fields.ts';

/** One pinned model. Keys that are not listed here are kept when the entry is updated. */
export interface RegistryEntry {
  readonly id: string;
  readonly kind: 'fr' | 'nr' | 'filter';
  /** ONNX file, relative to the registry's folder. */
  readonly onnx: string;
  readonly sha256: string;
  /** Version 2: digest of the sidecar, `<x>.json` beside `<x>.onnx`. */
  readonly sidecar_sha256?: string;
  /** Version 2: length of the ONNX file. */
  readonly size_bytes?: number;
  /** Version 2: false when the files are pinned but not distributed and must be regenerated; default true. */
  readonly shipped?: boolean;
  readonly opset?: number;
  readonly notes?: string;
  readonly description?: string;
  readonly smoke?: boolean;
  readonly quant_mode?: 'fp32' | 'static' | 'dynamic' | 'qat';
  readonly quant_calibration_set?: string;
  readonly int8_sha256?: string;
  readonly quant_accuracy_budget_plcc?: number;
  readonly license?: string;
  readonly license_url?: string;
  /** Sigstore bundle, relative to the registry's folder. */
  readonly sigstore_bundle?: string;
  readonly [unknown: string]: unknown;
}

export interface Registry<Entry = RegistryEntry> {
  readonly schema_version: 0 | 1 | 2;
  readonly models: readonly Entry[];
  readonly [unknown: string]: unknown;
}

/** Rules of lusoris/vmaf's schema; `..` is refused where the path is resolved. */
const version1Fields = {
  id: modelId,
  kind: v.picklist(['fr', 'nr', 'filter']),
  onnx: matching(/^[a-z0-9][a-z0-9_./-]*\.onnx$/, 'a relative path in small letters that ends in .onnx', 256),
  sha256: digest,
  opset: v.exactOptional(opset),
  notes: v.exactOptional(text(512)),
  description: v.exactOptional(text(256)),
  smoke: v.exactOptional(v.boolean()),
  quant_mode: v.exactOptional(v.picklist(['fp32', 'static', 'dynamic', 'qat'])),
  quant_calibration_set: v.exactOptional(text(256)),
  int8_sha256: v.exactOptional(digest),
  quant_accuracy_budget_plcc: v.exactOptional(share),
  license: v.exactOptional(text(128)),
  license_url: v.exactOptional(text(512)),
  sigstore_bundle: v.exactOptional(
    matching(/^[a-z0-9][a-z0-9_./-]*\.sigstore\.json$/, 'a relative path that ends in .sigstore.json', 256),
  ),
};

/** Keys that lusoris/vmaf's `registry.schema.json` allows in an entry of versions 0 and 1. */
export const VERSION_1_ENTRY_KEYS: readonly string[] = Object.keys(version1Fields);

const entrySchema: Schema<RegistryEntry> = looseObject({
  ...version1Fields,
  sidecar_sha256: v.exactOptional(digest),
  size_bytes: v.exactOptional(count),
  shipped: v.exactOptional(v.boolean()),
});

function registryOf<T>(entry: Schema<T>): DocumentKind<Registry<T>> {
  const fields = { schema_version: v.picklist([0, 1, 2]), models: v.array(entry) };
  return { name: 'registry', schema: looseObject(fields) };
}

/**
 * Read a registry of version 0, 1 or 2. Versions 0 and 1 pin only the ONNX digest.
 *
 * @throws ArtifactError NOT_JSON | TOO_LARGE | UNSUPPORTED_VERSION | INVALID_DOCUMENT naming every bad field,
 * repeated ids included
 */
export function parseRegistry(input: unknown): Registry {
  const registry = readDocument(registryOf(entrySchema), parseRegistryShell(input));
  const repeated = new Set<string>();
  const ids = new Set<string>();
  for (const { id } of registry.models) (ids.has(id) ? repeated : ids).add(id);
  if (repeated.size > 0) {
    throw new ArtifactError(
      'INVALID_DOCUMENT',
      `registry repeats the id(s) ${[...repeated].join(', ')}; keep one entry each`,
    );
  }
  return registry;
}

/**
 * The registry with its entries unchecked, for tools that report every bad entry instead of stopping.
 *
 * @throws ArtifactError NOT_JSON | TOO_LARGE | UNSUPPORTED_VERSION | INVALID_DOCUMENT
 */
export function parseRegistryShell(input: unknown): Registry<unknown> {
  const header = readDocument({ name: 'registry', schema: record(v.unknown()) }, input);
  if (typeof header.schema_version === 'number' && ![0, 1, 2].includes(header.schema_version)) {
    throw new ArtifactError(
      'UNSUPPORTED_VERSION',
      `registry has schema_version ${header.schema_version}, expected 0, 1 or 2; use the vqforge that wrote it`,
    );
  }
  return readDocument(registryOf(v.unknown()), header);
}

/** Lists what is wrong with one entry of a registry, one line per field; empty when it is valid. */
export function registryEntryProblems(value: unknown): string[] {
  const result = checked(entrySchema, value);
  return 'problems' in result ? result.problems : [];
}

/**
 * Entries sorted by id; the version is written as given.
 *
 * @throws ArtifactError INVALID_DOCUMENT
 */
export function formatRegistry(registry: Registry): string {
  const models = [...registry.models].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  return canonicalJson(parseRegistry({ ...registry, models }));
}
