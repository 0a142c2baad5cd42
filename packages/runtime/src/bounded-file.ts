import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { RuntimeError } from './errors.ts';

/**
 * The bytes of a regular file, whose size is known before memory is taken; null when there is none.
 *
 * @throws RuntimeError MISSING_MODEL when it cannot be read or is no regular file | TOO_LARGE
 */
export async function readBoundedFile(path: string, maxBytes: number): Promise<Buffer | null> {
  let handle;
  try {
    // O_NONBLOCK: opening a pipe without a writer would hang otherwise
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw new RuntimeError('MISSING_MODEL', `${path} cannot be opened: ${String(code ?? error)}`, {
      cause: error,
    });
  }
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw new RuntimeError('MISSING_MODEL', `${path} is not a regular file`);
    if (stat.size > maxBytes) {
      throw new RuntimeError('TOO_LARGE', `${path} is ${stat.size} bytes, expected at most ${maxBytes}`);
    }
    const bytes = Buffer.allocUnsafeSlow(stat.size);
    let length = 0;
    while (length < bytes.length) {
      const { bytesRead } = await handle.read(bytes, length, bytes.length - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return bytes.subarray(0, length);
  } finally {
    await handle.close();
  }
}
