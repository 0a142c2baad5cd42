import { stat } from 'node:fs/promises';
import { digestInside, readInside } from '@vqforge/registry/node';
import { RegistryError } from '@vqforge/registry';

/**
 * Refuses a path that is no folder.
 *
 * @throws RegistryError UNREADABLE unless `root` is a folder
 */
export async function requireFolder(root: string): Promise<void> {
  const isFolder = await stat(root).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder)
    throw new RegistryError('UNREADABLE', `${root} is not a folder; give the root of a repository`);
}

/**
 * The bytes of one file of the tree; null when it does not exist.
 *
 * @throws RegistryError PATH_ESCAPE | NOT_A_FILE | TOO_LARGE | UNREADABLE
 */
export function readTreeFile(root: string, path: string, maxBytes: number): Promise<Buffer | null> {
  return readInside(root, path.split('/'), maxBytes);
}

/**
 * Digest and size of one file of the tree; null when it does not exist.
 *
 * @throws RegistryError PATH_ESCAPE | NOT_A_FILE | UNREADABLE
 */
export function digestTreeFile(root: string, path: string): ReturnType<typeof digestInside> {
  return digestInside(root, path.split('/'));
}
