import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { digestInside, readInside } from '@vqforge/registry/node';
import { RegistryError, systemCode } from '@vqforge/registry';

/** A name in an audited folder. */
export interface TreeFile {
  /** Relative to the audited root, POSIX separators. */
  readonly path: string;
  readonly kind: 'file' | 'link' | 'other';
}

/** A repository of models has hundreds of files; what has more is something else, and would not be read in minutes. */
const MAX_FILES = 100_000;

/**
 * Everything below a folder of the root, sorted by path; links are listed and not followed. Empty when there is no such
 * folder. The registry's own working files are left to `registry verify`.
 *
 * @throws RegistryError UNREADABLE | TOO_LARGE
 */
export async function listTree(root: string, folder: string): Promise<TreeFile[]> {
  const found: TreeFile[] = [];
  const waiting = [folder];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const entry of await namesIn(root, next)) {
      const path = `${next}/${entry.name}`;
      if (entry.name.startsWith('.registry-')) continue;
      if (entry.isDirectory()) waiting.push(path);
      else found.push({ path, kind: entry.isFile() ? 'file' : entry.isSymbolicLink() ? 'link' : 'other' });
      if (found.length + waiting.length > MAX_FILES) {
        throw new RegistryError(
          'TOO_LARGE',
          `${folder} holds more than ${MAX_FILES} files; give the right --root`,
        );
      }
    }
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function namesIn(root: string, folder: string): Promise<Dirent[]> {
  try {
    return await readdir(join(root, folder), { withFileTypes: true });
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT') return [];
    throw new RegistryError('UNREADABLE', `folder ${folder} cannot be listed: ${code ?? String(error)}`, {
      cause: error,
    });
  }
}

/** @throws RegistryError UNREADABLE unless `root` is a folder */
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
