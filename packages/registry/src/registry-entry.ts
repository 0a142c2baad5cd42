import { CodedError } from '@vqforge/base';
import { parseRegistry, type Registry, type RegistryEntry } from '@vqforge/artifact/pinned';
import { RegistryError } from './errors.ts';
import { MAX_JSON_BYTES } from './pinned-name.ts';
import type { RegistrySource } from './registry-source.ts';

/** Where a registry was read, for messages. */
type Place = Pick<RegistrySource, 'folder' | 'file'>;

/**
 * The entry that a registry has for an id.
 *
 * @throws RegistryError UNKNOWN_ID naming the ids that there are
 */
export function findEntry(registry: Registry, id: string): RegistryEntry {
  const entry = registry.models.find((candidate) => candidate.id === id);
  if (entry !== undefined) return entry;
  const known = registry.models.map((candidate) => candidate.id).join(', ');
  throw new RegistryError(
    'UNKNOWN_ID',
    `registry has no entry ${JSON.stringify(id)}, expected one of: ${known}`,
  );
}

/**
 * The bytes of a registry, from any source.
 *
 * @throws RegistryError MISSING_REGISTRY
 */
export async function registryBytes(source: RegistrySource): Promise<Uint8Array> {
  const bytes = await source.read(source.file, MAX_JSON_BYTES);
  if (bytes === null) {
    throw new RegistryError(
      'MISSING_REGISTRY',
      `registry ${source.folder}/${source.file} does not exist; give its folder or file`,
    );
  }
  return bytes;
}

/**
 * A registry of schema version 0, 1 or 2, from its bytes.
 *
 * @throws RegistryError BAD_REGISTRY | UNSUPPORTED_VERSION
 */
export function parsedRegistry(view: Place, bytes: Uint8Array): Registry {
  return asRegistryError(view, () => parseRegistry(bytes));
}

/** The registry, or null where there is none yet. @throws RegistryError BAD_REGISTRY | UNSUPPORTED_VERSION */
export async function registryIfPresent(source: RegistrySource): Promise<Registry | null> {
  const bytes = await source.read(source.file, MAX_JSON_BYTES);
  return bytes === null ? null : parsedRegistry(source, bytes);
}

/** Says which file a document error is about. */
export function asRegistryError<T>({ folder, file }: Place, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    const code = error.code === 'UNSUPPORTED_VERSION' ? 'UNSUPPORTED_VERSION' : 'BAD_REGISTRY';
    throw new RegistryError(code, `${folder}/${file}: ${error.message}`, { cause: error });
  }
}
