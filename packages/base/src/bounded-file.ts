import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { CodedError } from './coded-error.ts';

export type FileErrorCode =
  /** A folder, pipe, device or socket. */
  | 'NOT_A_FILE'
  /** Larger than the reader takes. */
  | 'TOO_LARGE'
  /** The system refuses to open or read it; `cause` is its error. */
  | 'UNREADABLE';

export class FileError extends CodedError<FileErrorCode> {}

/**
 * The bytes of one regular file, read once; null when there is none. Pipes and devices are not waited for, and the size is
 * known before memory is taken.
 *
 * @throws FileError NOT_A_FILE | TOO_LARGE | UNREADABLE
 * @example
 * await readBoundedFile('absent.json', 1_048_576); // => null
 */
export async function readBoundedFile(path: string, maxBytes: number): Promise<Buffer | null> {
  let handle;
  try {
    // O_NONBLOCK: opening a pipe without a writer would hang otherwise
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw new FileError('UNREADABLE', `${path} cannot be read: ${message}`, { cause: error });
  }
  try {
    if (!(await handle.stat()).isFile()) throw new FileError('NOT_A_FILE', `${path} is not a regular file`);
    return await readBoundedHandle(handle, path, maxBytes);
  } finally {
    await handle.close();
  }
}

/**
 * As `readBoundedFile`, of an open file, from its start.
 *
 * @param name for messages
 * @throws FileError TOO_LARGE | UNREADABLE
 */
export async function readBoundedHandle(handle: FileHandle, name: string, maxBytes: number): Promise<Buffer> {
  const { size } = await handle.stat();
  if (size > maxBytes)
    throw new FileError('TOO_LARGE', `${name} is ${size} bytes, expected at most ${maxBytes}`);
  const bytes = Buffer.allocUnsafeSlow(size);
  let length = 0;
  try {
    while (length < size) {
      const { bytesRead } = await handle.read(bytes, length, size - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
  } catch (error) {
    throw new FileError('UNREADABLE', `${name} cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
  return bytes.subarray(0, length);
}
