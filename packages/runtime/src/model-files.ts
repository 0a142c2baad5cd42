import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CodedError, sha256 } from '@vqforge/base';
import { FileError, readBoundedFile } from '@vqforge/base/node';
import { parseSidecar, type Sidecar, MODEL_ID, MAX_SIDECAR_BYTES } from '@vqforge/artifact/pinned';
import { MAX_MODEL_BYTES, REFERENCE_OPS, servableFindings } from '@vqforge/onnx/serving';
import { loadVerified, readRegistry, RegistryError, type SignatureCheck } from '@vqforge/registry/loading';
import { RuntimeError } from './errors.ts';
import type { ModelBytes } from './verified-session.ts';

export interface ModelChoice {
  /** Folder or file of the registry; a path as `model` is looked up in the one beside it instead. */
  readonly registry: string;
  /** Id of an entry, or path of an ONNX file: whatever is not spelled as an id. */
  readonly model: string;
  /** Run a file that no registry pins; it is scanned all the same. Default: no. */
  readonly allowUnregistered?: boolean;
  /** Demand a signature by this key. */
  readonly signature?: SignatureCheck;
}

/**
 * Reads a model that the registry pins, once, and checks it in memory; or, if that is allowed, a file that none pins.
 *
 * @throws RegistryError of `loadVerified` and `readRegistry`, UNTRUSTED_MODEL among them
 * @throws RuntimeError UNREGISTERED_MODEL | MISSING_MODEL | FORBIDDEN_MODEL | INVALID_MODEL | TOO_LARGE
 */
export async function readModel(choice: ModelChoice): Promise<ModelBytes> {
  const { registry, model, allowUnregistered = false, signature } = choice;
  if (MODEL_ID.test(model)) return readPinned(registry, model, signature);
  try {
    return await readPinned(dirname(model), await pinnedId(model), signature);
  } catch (error) {
    if (!isUnpinned(error)) throw error;
    if (allowUnregistered && signature === undefined) return readUnpinned(model);
    if (!existsSync(model)) throw missing(model);
    throw new RuntimeError(
      'UNREGISTERED_MODEL',
      `${model} is not pinned by a registry.json beside it (${error.message}); publish it, or allow unregistered models`,
      { cause: error },
    );
  }
}

async function readPinned(
  registry: string,
  id: string,
  signature: SignatureCheck | undefined,
): Promise<ModelBytes> {
  const { entry, onnx, sidecar } = await loadVerified(registry, id, signature);
  const folder = registry.endsWith('.json') ? dirname(registry) : registry;
  return { id, path: join(folder, entry.onnx), onnx, digest: entry.sha256, sidecar };
}

/** @throws RegistryError UNKNOWN_ID when no entry names the file, and those of `readRegistry` */
async function pinnedId(path: string): Promise<string> {
  const { registry } = await readRegistry(dirname(path));
  const entry = registry.models.find(({ onnx }) => onnx === basename(path));
  if (entry !== undefined) return entry.id;
  throw new RegistryError('UNKNOWN_ID', `no entry names ${basename(path)}`);
}

/** No pin, or one that says nothing of how to run the model. A pin that does not hold is another matter. */
function isUnpinned(error: unknown): error is RegistryError {
  const codes = ['MISSING_REGISTRY', 'BAD_REGISTRY', 'UNSUPPORTED_VERSION', 'UNKNOWN_ID', 'BAD_SIDECAR'];
  return error instanceof RegistryError && codes.includes(error.code);
}

async function readUnpinned(path: string): Promise<ModelBytes> {
  const onnx = await read(path, MAX_MODEL_BYTES);
  if (onnx === null) throw missing(path);
  const [refused] = servableFindings(onnx, REFERENCE_OPS, 'any-served').filter(
    ({ code }) => code !== 'UNSTRIPPED',
  );
  if (refused !== undefined) {
    const code = refused.code === 'INTERFACE' ? 'INVALID_MODEL' : 'FORBIDDEN_MODEL';
    throw new RuntimeError(
      code,
      `${path} may not be served: ${refused.code} at ${refused.path}: ${refused.message}`,
    );
  }
  const digest = sha256(onnx);
  const sidecarPath = path.replace(/(\.onnx)?$/, '.json');
  const bytes = await read(sidecarPath, MAX_SIDECAR_BYTES);
  const sidecar = bytes === null ? null : ownSidecar(bytes);
  if (sidecar !== null && sidecar.sha256 !== digest) {
    throw new RuntimeError(
      'INVALID_MODEL',
      `${sidecarPath} describes a model with sha256 ${sidecar.sha256}, ${path} has ${digest}; restore either`,
    );
  }
  return { id: null, path, onnx, digest, sidecar };
}

/** Bytes of a file, null where there is none. @throws RuntimeError MISSING_MODEL | TOO_LARGE */
async function read(path: string, maxBytes: number): Promise<Uint8Array | null> {
  try {
    return await readBoundedFile(path, maxBytes);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    const code = error.code === 'TOO_LARGE' ? 'TOO_LARGE' : 'MISSING_MODEL';
    throw new RuntimeError(code, error.message, { cause: error });
  }
}

function missing(path: string): RuntimeError {
  return new RuntimeError(
    'MISSING_MODEL',
    `model ${path} does not exist; give an id of the registry or a path`,
  );
}

/** A sidecar in another tool's spelling tells nothing that can be relied on. */
function ownSidecar(bytes: Uint8Array): Sidecar | null {
  try {
    return parseSidecar(bytes);
  } catch (error) {
    if (error instanceof CodedError) return null;
    throw error;
  }
}
