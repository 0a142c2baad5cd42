import { sha256 } from '@vqforge/base';
import { RegistryError, type RegistrySource } from '@vqforge/registry';

/** SHA-256 of the registry that this page was built with: everything that it opens is pinned from here. */
declare const REGISTRY_SHA256: string;

const REGISTRY = 'registry.json';

/**
 * The models that came with the page, and beside them files that were given to it. The registry is the one that the page was built
 * with, byte for byte, or none.
 *
 * @param base address of the folder that the page was loaded from
 * @param given files by the names that the registry pins
 */
export function pageRegistry(
  base: string,
  given: ReadonlyMap<string, Uint8Array> = new Map(),
): RegistrySource {
  const folder = new URL('models', base).href;
  return {
    folder,
    file: REGISTRY,
    read: async (name, maxBytes) => {
      const bytes = given.get(name) ?? (await fetched(`${folder}/${name}`, maxBytes));
      if (name === REGISTRY && bytes !== null) assertPinned(bytes);
      return bytes;
    },
  };
}

function assertPinned(bytes: Uint8Array): void {
  const digest = sha256(bytes);
  if (digest === REGISTRY_SHA256) return;
  throw new RegistryError(
    'BAD_REGISTRY',
    `registry.json has sha256 ${digest.slice(0, 12)}…, this page was built with ${REGISTRY_SHA256.slice(0, 12)}…; put the whole folder of the page in place again`,
  );
}

/** Null where there is no such file. @throws RegistryError TOO_LARGE | UNREADABLE */
async function fetched(url: string, maxBytes: number): Promise<Uint8Array | null> {
  const response = await fetch(url).catch((error: unknown) => {
    throw new RegistryError('UNREADABLE', `${url} cannot be loaded: ${(error as Error).message}`, {
      cause: error,
    });
  });
  if (response.status === 404) return null;
  if (!response.ok)
    throw new RegistryError('UNREADABLE', `${url} cannot be loaded: status ${response.status}`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (bytes.length <= maxBytes) return bytes;
  throw new RegistryError('TOO_LARGE', `${url} has ${bytes.length} bytes, expected at most ${maxBytes}`);
}
