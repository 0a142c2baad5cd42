import { CodedError } from '@vqforge/base';
import { parseRegistry, type Registry, type RegistryEntry } from '@vqforge/artifact';
import { RegistryError } from './errors.ts';
import { MAX_JSON_BYTES } from './pinned-name.ts';
import { type Location, locateRegistry, readConsistently, type View } from './snapshot-files.ts';

/** A registry and where it was read. */
export interface RegistryFile extends Location {
  readonly registry: Registry;
}

/**
 * Read a registry of schema version 0, 1 or 2; a publish that was interrupted after its commit counts as done.
 *
 * @param path the registry's folder, or its JSON file
 * @throws RegistryError MISSING_REGISTRY | BAD_REGISTRY | UNSUPPORTED_VERSION | UNREADABLE | BUSY | DAMAGED_JOURNAL
 */
export async function readRegistry(path: string): Promise<RegistryFile> {
  const location = await locateRegistry(path);
  const registry = await readConsistently(location, async (view) =>
    parsedRegistry(view, await registryBytes(view)),
  );
  return { ...location, registry };
}

/** @throws RegistryError UNKNOWN_ID naming the ids that there are */
export function findEntry(registry: Registry, id: string): RegistryEntry {
  const entry = registry.models.find((candidate) => candidate.id === id);
  if (entry !== undefined) return entry;
  const known = registry.models.map((candidate) => candidate.id).join(', ');
  throw new RegistryError(
    'UNKNOWN_ID',
    `registry has no entry ${JSON.stringify(id)}, expected one of: ${known}`,
  );
}

/** @throws RegistryError MISSING_REGISTRY */
export async function registryBytes(view: View): Promise<Buffer> {
  const bytes = await view.read(view.file, MAX_JSON_BYTES);
  if (bytes === null) {
    throw new RegistryError(
      'MISSING_REGISTRY',
      `registry ${view.folder}/${view.file} does not exist; give its folder or file`,
    );
  }
  return bytes;
}

/** @throws RegistryError BAD_REGISTRY | UNSUPPORTED_VERSION */
export function parsedRegistry(view: Location, bytes: Uint8Array): Registry {
  return asRegistryError(view, () => parseRegistry(bytes));
}

/** Says which file a document error is about. */
export function asRegistryError<T>({ folder, file }: Location, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    const code = error.code === 'UNSUPPORTED_VERSION' ? 'UNSUPPORTED_VERSION' : 'BAD_REGISTRY';
    throw new RegistryError(code, `${folder}/${file}: ${error.message}`, { cause: error });
  }
}
