import type { Registry } from '@vqforge/artifact';
import { parsedRegistry, registryBytes } from './registry-entry.ts';
import { type Location, locateRegistry, readConsistently } from './snapshot-files.ts';

/** A registry and where it was read. */
export interface RegistryFile extends Location {
  readonly registry: Registry;
}

/**
 * Read a registry of schema version 0, 1 or 2; a publish that was interrupted after its commit counts as done.
 *
 * @param path the registry's folder, or its JSON file
 * @throws RegistryError MISSING_REGISTRY | BAD_REGISTRY | UNSUPPORTED_VERSION | UNREADABLE | BUSY | DAMAGED_JOURNAL
 * @example (await readRegistry('model/tiny')).registry.models[0].id; // => 'fr_regressor_v1'
 */
export async function readRegistry(path: string): Promise<RegistryFile> {
  const location = await locateRegistry(path);
  const registry = await readConsistently(location, async (view) =>
    parsedRegistry(view, await registryBytes(view)),
  );
  return { ...location, registry };
}
