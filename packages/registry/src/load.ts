import { CodedError, sha256 } from '@vqforge/base';
import { parseSidecar, type RegistryEntry, type Sidecar } from '@vqforge/artifact';
import { RegistryError } from './errors.ts';
import { describeScan, scanForServing } from './model-scan.ts';
import { MAX_JSON_BYTES, MAX_ONNX_BYTES, sidecarName } from './pinned-name.ts';
import { findEntry, parsedRegistry, registryBytes } from './registry-file.ts';
import { locateRegistry, readConsistently, type View } from './snapshot-files.ts';

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
 * The load rule of contracts §8 up to the session: read once, size cap, both digests, scan.
 *
 * @param path the registry's folder, or its JSON file
 * @throws RegistryError UNKNOWN_ID | NOT_SHIPPED | MISSING_FILE | DIGEST_MISMATCH | TOO_LARGE | PATH_ESCAPE |
 * NOT_A_FILE | BAD_SIDECAR | FORBIDDEN_MODEL and those of `readRegistry`
 */
export async function loadVerified(path: string, id: string): Promise<VerifiedModel> {
  const location = await locateRegistry(path);
  const model = await readConsistently(location, (view) => readModel(view, id));
  const sidecar = parsedSidecar(model.entry, model.sidecarBytes);
  const { refused } = scanForServing(model.onnx, sidecar);
  if (refused.length > 0) {
    throw new RegistryError(
      'FORBIDDEN_MODEL',
      `${model.entry.onnx} may not be served: ${describeScan(refused)}`,
    );
  }
  return { ...model, sidecar, sidecarPinned: model.entry.sidecar_sha256 !== undefined };
}

async function readModel(
  view: View,
  id: string,
): Promise<{ entry: RegistryEntry; onnx: Uint8Array; sidecarBytes: Uint8Array }> {
  const entry = findEntry(parsedRegistry(view, await registryBytes(view)), id);
  const onnx = await readPinned(view, entry, entry.onnx, MAX_ONNX_BYTES, entry.sha256);
  const name = sidecarName(entry.onnx);
  const sidecarBytes = await readPinned(view, entry, name, MAX_JSON_BYTES, entry.sidecar_sha256);
  return { entry, onnx, sidecarBytes };
}

async function readPinned(
  view: View,
  entry: RegistryEntry,
  name: string,
  maxBytes: number,
  expected: string | undefined,
): Promise<Uint8Array> {
  const bytes = await view.read(name, maxBytes);
  if (bytes === null) {
    throw entry.shipped === false
      ? new RegistryError(
          'NOT_SHIPPED',
          `${name} is pinned but not shipped; make it with vqforge regenerate ${entry.id}`,
        )
      : new RegistryError('MISSING_FILE', `${name} of entry ${entry.id} does not exist; restore it`);
  }
  const got = sha256(bytes);
  if (expected !== undefined && got !== expected) {
    throw new RegistryError(
      'DIGEST_MISMATCH',
      `${name} of entry ${entry.id} has sha256 ${got}, expected ${expected}; restore it or publish it anew`,
    );
  }
  return bytes;
}

function parsedSidecar(entry: RegistryEntry, bytes: Uint8Array): Sidecar {
  let sidecar: Sidecar;
  try {
    sidecar = parseSidecar(bytes);
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    throw new RegistryError('BAD_SIDECAR', `${sidecarName(entry.onnx)}: ${error.message}`, { cause: error });
  }
  if (sidecar.sha256 !== entry.sha256 || sidecar.id !== entry.id) {
    throw new RegistryError(
      'BAD_SIDECAR',
      `${sidecarName(entry.onnx)} describes ${sidecar.id} with sha256 ${sidecar.sha256}, expected ${entry.id} with ${entry.sha256}`,
    );
  }
  return sidecar;
}
