import { constants } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import { join } from 'node:path';
import { RegistryError, systemCode } from './errors.ts';
import { pinnedSegments } from './pinned-name.ts';

/**
 * The bytes of one regular file inside `folder`, read once, or null when there is none.
 *
 * Symbolic links, also of folders on the way, are refused; pipes and devices are not waited for; the size is
 * checked before memory is taken.
 *
 * @throws RegistryError PATH_ESCAPE | NOT_A_FILE | TOO_LARGE | UNREADABLE
 */
export async function readPinnedFile(folder: string, name: string, maxBytes: number): Promise<Buffer | null> {
  let path = folder;
  const segments = pinnedSegments(name);
  for (const segment of segments.slice(0, -1)) {
    path = join(path, segment);
    if (await isSymbolicLink(path)) throw symbolicLink(name);
  }
  return readBoundedFile(join(path, segments.at(-1) ?? ''), name, maxBytes);
}

/** As `readPinnedFile`, for a path that is not taken from a document; `name` is for messages. */
export async function readBoundedFile(path: string, name: string, maxBytes: number): Promise<Buffer | null> {
  let handle;
  try {
    // O_NONBLOCK: opening a pipe without a writer would hang otherwise
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    if (code === 'ELOOP') throw symbolicLink(name);
    throw new RegistryError('UNREADABLE', `${name} cannot be opened: ${code ?? String(error)}`, {
      cause: error,
    });
  }
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw new RegistryError('NOT_A_FILE', `${name} is not a regular file`);
    if (stat.size > maxBytes) {
      throw new RegistryError('TOO_LARGE', `${name} is ${stat.size} bytes, expected at most ${maxBytes}`);
    }
    const bytes = Buffer.allocUnsafeSlow(stat.size);
    let length = 0;
    while (length < bytes.length) {
      const { bytesRead } = await handle.read(bytes, length, bytes.length - length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return bytes.subarray(0, length);
  } finally {
    await handle.close();
  }
}

async function isSymbolicLink(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSymbolicLink();
  } catch {
    return false;
  }
}

function symbolicLink(name: string): RegistryError {
  return new RegistryError(
    'PATH_ESCAPE',
    `${name} is a symbolic link, expected a regular file in the folder`,
  );
}
