import { closeSync, constants, createReadStream, fstatSync, open } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { isatty } from 'node:tty';
import { promisify } from 'node:util';
import type { ByteSource } from './byte-reader.ts';
import { VideoError } from './errors.ts';

/** A 1080p frame of 8 bits takes three reads of this size. */
const CHUNK_BYTES = 1 << 20;

interface OpenedFile extends ByteSource {
  /** Whether it can be opened again by its path: not a pipe, not standard input. */
  readonly isRegular: boolean;
}

/**
 * A file, a named pipe, or standard input for '-'.
 *
 * @throws VideoError UNREADABLE
 */
export async function openFile(path: string): Promise<OpenedFile> {
  const name = path === '-' ? 'standard input' : path;
  let fd = 0;
  try {
    // not a FileHandle, which closes its descriptor when it is collected, also under a socket
    // a named pipe without a writer would hold the opening thread until there is one, and with it the end of the process
    if (path !== '-') fd = await promisify(open)(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = fstatSync(fd);
    if (stat.isDirectory()) throw new Error('it is a folder');
    if (fd === 0 && isatty(fd)) throw new Error('it is a terminal; pipe a clip into it');
    // pipes are read by the event loop: a thread of the pool that waits for a byte could not be stopped
    const stream =
      stat.isFIFO() || stat.isSocket()
        ? new Socket({ fd, readable: true, writable: false })
        : createReadStream('', { fd, autoClose: fd !== 0, highWaterMark: CHUNK_BYTES });
    return { ...streamSource(stream), isRegular: fd !== 0 && stat.isFile() };
  } catch (error) {
    if (fd !== 0) closeSync(fd);
    throw new VideoError('UNREADABLE', `${name} cannot be opened: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function streamSource(stream: Readable): ByteSource {
  return {
    chunks: stream[Symbol.asyncIterator](),
    close: async () => {
      // a reader that waits for a chunk gets the end; how the stream ended interests no other
      stream.on('error', () => undefined);
      stream.destroy();
    },
  };
}
