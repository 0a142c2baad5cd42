import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { CodedError } from './coded-error.ts';

export type FileErrorCode =
  /** A folder, pipe, device or socket. */
  | 'NOT_A_FILE'
  /** Larger than the reader takes. */
  | 'TOO_LARGE'
  /** The system refuses to open or read it; `cause` is its error. */
  | 'UNREADABLE';

export class FileError extends CodedError<FileErrorCode> {}

export interface BoundedFileOptions {
  /** Also read a named pipe to its end, waiting for its writer: `--key <(vault read …)`. Default: pipes are refused. */
  readonly pipes?: boolean;
  /** Ends the wait for a pipe's writer. */
  readonly signal?: AbortSignal;
}

/**
 * The bytes of one file, read once; null when there is none. Devices, folders and sockets are refused, and so are pipes
 * unless asked for; at most `maxBytes` and one byte are held.
 *
 * @param maxBytes the largest file that is read, in bytes
 * @throws FileError NOT_A_FILE | TOO_LARGE | UNREADABLE; the signal's reason
 * @example
 * await readBoundedFile('absent.json', 1_048_576); // => null
 */
export async function readBoundedFile(
  path: string,
  maxBytes: number,
  { pipes = false, signal }: BoundedFileOptions = {},
): Promise<Buffer | null> {
  signal?.throwIfAborted();
  let isOver = false;
  const wake = (): void => void wakeReader(path, () => isOver);
  if (pipes) signal?.addEventListener('abort', wake, { once: true });
  try {
    return await readFile(path, maxBytes, pipes, signal);
  } finally {
    isOver = true;
    signal?.removeEventListener('abort', wake);
  }
}

/** A reader of a pipe waits in the system, which no signal ends: a writer does, who opens it and writes. */
async function wakeReader(path: string, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    try {
      const writer = await open(path, constants.O_WRONLY | constants.O_NONBLOCK);
      try {
        await writer.write('\n');
      } finally {
        await writer.close();
      }
    } catch {
      // the reader has not begun to wait yet, or the pipe is full and it reads
    }
    await setTimeout(WAKE_MS);
  }
}

/** Between two attempts to wake a reader that may not have begun to wait. */
const WAKE_MS = 10;

async function readFile(
  path: string,
  maxBytes: number,
  pipes: boolean,
  signal: AbortSignal | undefined,
): Promise<Buffer | null> {
  let handle;
  try {
    // O_NONBLOCK: opening a pipe without a writer would hang otherwise
    handle = await open(path, constants.O_RDONLY | (pipes ? 0 : constants.O_NONBLOCK));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw unreadable(path, error);
  }
  try {
    const stat = await handle.stat();
    if (pipes && stat.isFIFO()) return await readPipe(handle, path, maxBytes, signal);
    if (!stat.isFile()) throw new FileError('NOT_A_FILE', `${path} is not a regular file`);
    return await readBoundedHandle(handle, path, maxBytes);
  } finally {
    await handle.close();
  }
}

/**
 * The bytes of an open regular file from its start, as `readBoundedFile` reads them.
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
    throw unreadable(name, error);
  }
  return bytes.subarray(0, length);
}

/** The first bytes of a file, at most `length` of them. @throws what the system does */
export async function readHead(path: string, length: number): Promise<Buffer> {
  const handle = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

async function readPipe(
  handle: FileHandle,
  name: string,
  maxBytes: number,
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(maxBytes + 1);
  let length = 0;
  try {
    for (;;) {
      const { bytesRead } = await handle.read(bytes, length, bytes.length - length, null);
      if (signal?.aborted === true) break;
      if (bytesRead === 0) return bytes.subarray(0, length);
      length += bytesRead;
      if (length > maxBytes) break;
    }
  } catch (error) {
    throw unreadable(name, error);
  }
  signal?.throwIfAborted();
  throw new FileError('TOO_LARGE', `${name} gives more than ${maxBytes} bytes, expected at most that`);
}

function unreadable(name: string, error: unknown): FileError {
  return new FileError('UNREADABLE', `${name} cannot be read: ${(error as Error).message}`, { cause: error });
}
