import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
import { join } from 'node:path';
import { FileError, readBoundedHandle } from '@vqforge/base/node';
import { RegistryError, systemCode } from './errors.ts';
import { pinnedSegments } from './pinned-name.ts';

/**
 * The bytes of one regular file inside `folder`, read once, or null when there is none.
 *
 * Symbolic links, also of folders on the way, are refused; pipes and devices are not waited for; the size is
 * checked before memory is taken.
 *
 * @param name as an entry pins it, relative to `folder`
 * @throws RegistryError PATH_ESCAPE | NOT_A_FILE | TOO_LARGE | UNREADABLE
 */
export function readPinnedFile(folder: string, name: string, maxBytes: number): Promise<Buffer | null> {
  return readInside(folder, pinnedSegments(name), maxBytes);
}

/** Reads a file like `readPinnedFile`, by a path of trusted segments, such as those of the registry's own working files. */
export async function readInside(
  folder: string,
  segments: readonly string[],
  maxBytes: number,
): Promise<Buffer | null> {
  const handle = await openInside(folder, segments);
  if (handle === null) return null;
  try {
    return await readBoundedHandle(handle, segments.join('/'), maxBytes);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    const code = error.code === 'TOO_LARGE' ? 'TOO_LARGE' : 'UNREADABLE';
    throw new RegistryError(code, error.message, { cause: error });
  } finally {
    await handle.close();
  }
}

/** Digest and size of a file of any size, as `readInside` finds it, without holding it. */
export async function digestInside(
  folder: string,
  segments: readonly string[],
): Promise<{ readonly sha256: string; readonly size: number } | null> {
  const handle = await openInside(folder, segments);
  if (handle === null) return null;
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of handle.createReadStream()) {
    hash.update(chunk as Buffer);
    size += (chunk as Buffer).length;
  }
  return { sha256: hash.digest('hex'), size };
}

/** An open regular file, or null when there is none. */
async function openInside(folder: string, segments: readonly string[]): Promise<FileHandle | null> {
  const name = segments.join('/');
  for (let length = 1; length < segments.length; length++) {
    const entry = await lstat(join(folder, ...segments.slice(0, length))).catch(() => undefined);
    if (entry?.isSymbolicLink() === true) throw symbolicLink(name);
  }
  let handle;
  try {
    // O_NONBLOCK: opening a pipe without a writer would hang otherwise
    handle = await open(join(folder, name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    if (code === 'ELOOP') throw symbolicLink(name);
    throw new RegistryError('UNREADABLE', `${name} cannot be opened: ${code ?? String(error)}`, {
      cause: error,
    });
  }
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw new RegistryError('NOT_A_FILE', `${name} is not a regular file`);
}

function symbolicLink(name: string): RegistryError {
  return new RegistryError(
    'PATH_ESCAPE',
    `${name} is a symbolic link, expected a regular file in the folder`,
  );
}
