import type { RegistryEntry, Sidecar } from '@vqforge/artifact';
import type { SignatureCheck } from './attestation/verify-signature.ts';
import { RegistryError, type RegistryErrorCode } from './errors.ts';
import type { Finding, FindingCode } from './finding.ts';
import { sidecarName } from './pinned-name.ts';
import { findEntry, parsedRegistry, registryBytes } from './registry-file.ts';
import { locateRegistry, readConsistently, type View } from './snapshot-files.ts';
import { checkEntry } from './verify-entry.ts';

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
 * Reads one pinned model and accepts it exactly when `verifyRegistry` finds no error in its entry, by the same checks on
 * the same bytes: each file is read once, so nothing can change between the check and the session.
 *
 * @param path the registry's folder, or its JSON file
 * @param signature demands a bundle by this key
 * @throws RegistryError UNKNOWN_ID | NOT_SHIPPED | MISSING_FILE | DIGEST_MISMATCH | SIZE_MISMATCH | TOO_LARGE |
 * PATH_ESCAPE | NOT_A_FILE | UNPINNED_ENTRY | BAD_SIDECAR | SIDECAR_DISAGREES | FORBIDDEN_MODEL | UNTRUSTED_MODEL and those of
 * `readRegistry`; BAD_SIDECAR also for a sidecar that is not vqforge's, which says nothing of how to run the model
 */
export async function loadVerified(
  path: string,
  id: string,
  signature?: SignatureCheck,
): Promise<VerifiedModel> {
  const location = await locateRegistry(path);
  return readConsistently(location, (view) => loadFrom(view, id, signature));
}

/** As `loadVerified`, of one view. */
export async function loadFrom(view: View, id: string, signature?: SignatureCheck): Promise<VerifiedModel> {
  const registry = parsedRegistry(view, await registryBytes(view));
  const entry = findEntry(registry, id);
  const required = signature === undefined ? undefined : { ...signature, isRequired: true };
  const { findings, onnx, sidecar, sidecarBytes } = await checkEntry(
    view,
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
