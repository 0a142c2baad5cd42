import { closeSync, constants, createReadStream, fstatSync, open, read } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { isatty } from 'node:tty';
import { promisify } from 'node:util';
import type { ByteSource } from './byte-reader.ts';
import { VideoError } from './errors.ts';

/** A 1080p frame of 8 bits takes three reads of this size. */
const CHUNK_BYTES = 1 << 20;
/** The first chunk after bytes that were read where they lie: a line of Y4M is short. */
const FIRST_CHUNK_BYTES = 1 << 12;

const openPath = promisify(open);
const readAt = promisify(read);

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
    if (path !== '-') fd = await openPath(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = fstatSync(fd);
    if (stat.isDirectory()) throw new Error('it is a folder');
    if (fd === 0 && isatty(fd)) throw new Error('it is a terminal; pipe a clip into it');
    if (fd !== 0 && stat.isFile() && stat.size > 0) return { ...fileSource(fd), isRegular: true };
    // pipes are read by the event loop: a thread of the pool that waits for a byte could not be stopped
    const stream =
      stat.isFIFO() || stat.isSocket()
        ? new Socket({ fd, readable: true, writable: false })
        : createReadStream('', { fd, autoClose: fd !== 0, highWaterMark: CHUNK_BYTES });
    return { ...streamSource(stream), isRegular: fd !== 0 && stat.isFile() };
  } catch (error) {
    if (fd !== 0) closeSync(fd);
    const problem = `${name} cannot be opened: ${(error as Error).message}`;
    throw new VideoError('UNREADABLE', problem, { cause: error });
  }
}

/** A regular file: frames are read straight into their memory, and what is passed over is not read. */
function fileSource(fd: number): ByteSource {
  let position = 0;
  let chunkBytes = FIRST_CHUNK_BYTES;
  let closed = false;
  let reading: Promise<unknown> = Promise.resolve();
  const readMore = async (target: Uint8Array): Promise<number> => {
    if (closed) return 0;
    const pending = readAt(fd, target, 0, target.length, position);
    reading = pending.catch(() => undefined);
    const { bytesRead } = await pending;
    position += bytesRead;
    return bytesRead;
  };
  return {
    chunks: {
      next: async () => {
        const chunk = new Uint8Array(chunkBytes);
        chunkBytes = Math.min(4 * chunkBytes, CHUNK_BYTES);
        const length = await readMore(chunk);
        return length === 0 ? { done: true, value: undefined } : { value: chunk.subarray(0, length) };
      },
    },
    readInto: async (target) => {
      chunkBytes = FIRST_CHUNK_BYTES;
      let filled = 0;
      for (let more = -1; more !== 0 && filled < target.length; filled += more)
        more = await readMore(target.subarray(filled));
      return filled;
    },
    skip: async (length) => {
      chunkBytes = FIRST_CHUNK_BYTES;
      if (closed) return 0;
      const passed = Math.min(length, Math.max(0, fstatSync(fd).size - position));
      position += passed;
      return passed;
    },
    close: async () => {
      if (closed) return;
      closed = true;
      await reading; // else its descriptor could be another file's by then
      closeSync(fd);
    },
  };
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
