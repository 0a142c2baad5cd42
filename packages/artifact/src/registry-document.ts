import * as z from 'zod';
import { MODEL_ID } from './model-id.ts';
import { type DocumentKind, problemsOf, readDocument, writeDocument } from './document.ts';
import { ArtifactError } from './errors.ts';
import { count, digest } from './fields.ts';

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

/** Keys that lusoris/vmaf's `registry.schema.json` allows in an entry of versions 0 and 1. */
export const VERSION_1_ENTRY_KEYS: readonly string[] = [
  'id',
  'kind',
  'onnx',
  'sha256',
  'opset',
  'notes',
  'description',
  'smoke',
  'quant_mode',
  'quant_calibration_set',
  'int8_sha256',
  'quant_accuracy_budget_plcc',
  'license',
  'license_url',
  'sigstore_bundle',
];

/** Rules of lusoris/vmaf's schema; `..` is refused where the path is resolved. */
const entrySchema: z.ZodType<RegistryEntry> = z.looseObject({
  id: z.string().regex(MODEL_ID),
  kind: z.enum(['fr', 'nr', 'filter']),
  onnx: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_./-]*\.onnx$/)
    .max(256),
  sha256: digest,
  sidecar_sha256: digest.exactOptional(),
  size_bytes: count.exactOptional(),
  shipped: z.boolean().exactOptional(),
  opset: z.int().min(7).max(21).exactOptional(),
  notes: z.string().max(512).exactOptional(),
  description: z.string().max(256).exactOptional(),
  smoke: z.boolean().exactOptional(),
  quant_mode: z.enum(['fp32', 'static', 'dynamic', 'qat']).exactOptional(),
  quant_calibration_set: z.string().max(256).exactOptional(),
  int8_sha256: digest.exactOptional(),
  quant_accuracy_budget_plcc: z.number().min(0).max(1).exactOptional(),
  license: z.string().max(128).exactOptional(),
  license_url: z.string().max(512).exactOptional(),
  sigstore_bundle: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_./-]*\.sigstore\.json$/)
    .max(256)
    .exactOptional(),
});

const shellSchema: z.ZodType<Registry<unknown>> = z.looseObject({
  schema_version: z.union([z.literal(0), z.literal(1), z.literal(2)]),
  models: z.array(z.unknown()),
});

const registrySchema: z.ZodType<Registry> = z.looseObject({
  schema_version: z.union([z.literal(0), z.literal(1), z.literal(2)]),
  models: z.array(entrySchema),
});

const KIND: DocumentKind<Registry> = { name: 'registry', schema: registrySchema };

/**
 * Read a registry of version 0, 1 or 2. Versions 0 and 1 pin only the ONNX digest.
 *
 * @throws ArtifactError NOT_JSON | TOO_LARGE | UNSUPPORTED_VERSION | INVALID_DOCUMENT naming every bad field,
 * repeated ids included
 */
export function parseRegistry(input: unknown): Registry {
  const registry = readDocument(KIND, parseRegistryShell(input));
  const repeated = registry.models.map(({ id }) => id).filter((id, index, ids) => ids.indexOf(id) !== index);
  if (repeated.length > 0) {
    throw new ArtifactError(
      'INVALID_DOCUMENT',
      `registry repeats the id(s) ${repeated.join(', ')}; keep one entry each`,
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
  const header = readDocument(
    { name: 'registry', schema: z.looseObject({ schema_version: z.unknown() }) },
    input,
  );
  if (typeof header.schema_version === 'number' && ![0, 1, 2].includes(header.schema_version)) {
    throw new ArtifactError(
      'UNSUPPORTED_VERSION',
      `registry has schema_version ${header.schema_version}, expected 0, 1 or 2; use the vqforge that wrote it`,
    );
  }
  return readDocument({ name: 'registry', schema: shellSchema }, header);
}

/** What is wrong with one entry, one line per field; empty when it is valid. */
export function registryEntryProblems(value: unknown): string[] {
  const result = entrySchema.safeParse(value);
  return result.success ? [] : problemsOf(result.error);
}

/**
 * Entries sorted by id; the version is written as given.
 *
 * @throws ArtifactError INVALID_DOCUMENT
 */
export function formatRegistry(registry: Registry): string {
  const models = [...registry.models].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  return writeDocument(KIND, parseRegistry({ ...registry, models }));
}
