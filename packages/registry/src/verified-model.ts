import type { RegistryEntry, Sidecar } from '@vqforge/artifact';
import { RegistryError, type RegistryErrorCode } from './errors.ts';
import type { Finding, FindingCode } from './finding.ts';
import { sidecarName } from './pinned-name.ts';
import { findEntry, parsedRegistry, registryBytes } from './registry-entry.ts';
import type { RegistrySource } from './registry-source.ts';
import { type BundleCheck, checkEntry } from './verify-entry.ts';

/** A model whose bytes are what the registry pins. Create the session from `onnx`, never from the file again. */
export interface VerifiedModel {
  readonly entry: RegistryEntry;
  readonly onnx: Uint8Array;
  readonly sidecar: Sidecar;
  readonly sidecarBytes: Uint8Array;
  /** False in schema versions 0 and 1, which pin only the ONNX digest. */
  readonly sidecarPinned: boolean;
}

/**
 * Accepts one pinned model exactly when nothing is wrong with its entry: bytes, sizes, sidecar, operators. It reads nothing
 * but what `source` gives, each file once, and needs no Node: a page fetches the files.
 *
 * @param bundles demands a signature bundle and says how it is checked; default: bundles are not looked at
 * @throws RegistryError as `loadVerified` of `@vqforge/registry/node`
 * @example
 * const source = { folder: 'models', file: 'registry.json', read: async (name) => new Uint8Array(await (await fetch(name)).arrayBuffer()) };
 * const { onnx, sidecar } = await verifyModel(source, 'fr_regressor_v1');
 */
export async function verifyModel(
  source: RegistrySource,
  id: string,
  bundles?: BundleCheck,
): Promise<VerifiedModel> {
  const registry = parsedRegistry(source, await registryBytes(source));
  const entry = findEntry(registry, id);
  const required = bundles && { ...bundles, isRequired: true };
  const { findings, onnx, sidecar, sidecarBytes } = await checkEntry(
    source,
    entry,
    registry.schema_version,
    required,
  );
  const refused = findings.filter(({ severity, code }) => severity === 'error' || code === 'NOT_SHIPPED');
  // bytes that are not what is pinned explain whatever else is wrong
  const first = refused.find(({ code }) => code === 'DIGEST_MISMATCH') ?? refused[0];
  if (first !== undefined) throw refusal(first);
  if (onnx && sidecar && sidecarBytes) {
    return { entry, onnx, sidecar, sidecarBytes, sidecarPinned: entry.sidecar_sha256 !== undefined };
  }
  const dialect = findings.find(({ code }) => code === 'SIDECAR_DIALECT');
  if (dialect !== undefined) throw refusal(dialect);
  throw new RegistryError(
    'MISSING_FILE',
    `${sidecarName(entry.onnx)} of entry ${id} does not exist; restore it`,
  );
}

const ERROR_CODE: Readonly<Partial<Record<FindingCode, RegistryErrorCode>>> = {
  NOT_SHIPPED: 'NOT_SHIPPED',
  MISSING_FILE: 'MISSING_FILE',
  PATH_ESCAPE: 'PATH_ESCAPE',
  NOT_A_FILE: 'NOT_A_FILE',
  UNREADABLE: 'UNREADABLE',
  TOO_LARGE: 'TOO_LARGE',
  DIGEST_MISMATCH: 'DIGEST_MISMATCH',
  SIZE_MISMATCH: 'SIZE_MISMATCH',
  UNPINNED_ENTRY: 'UNPINNED_ENTRY',
  BAD_SIDECAR: 'BAD_SIDECAR',
  SIDECAR_DISAGREES: 'SIDECAR_DISAGREES',
  SIDECAR_DIALECT: 'BAD_SIDECAR',
  EXTERNAL_DATA: 'FORBIDDEN_MODEL',
  ZERO_WEIGHTS: 'FORBIDDEN_MODEL',
  FORBIDDEN_MODEL: 'FORBIDDEN_MODEL',
};

/** A finding that stops a load; what has no code of its own is about the signature. */
function refusal({ code, file, id, expected, got, advice }: Finding): RegistryError {
  return new RegistryError(
    ERROR_CODE[code] ?? 'UNTRUSTED_MODEL',
    `${file} of entry ${id} is refused (${code}): got ${got}, expected ${expected}; ${advice}`,
  );
}
