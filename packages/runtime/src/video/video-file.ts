import { createReadStream, fstatSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
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
  try {
    const handle = path === '-' ? null : await open(path, 'r');
    const stat = handle === null ? fstatSync(0) : await handle.stat();
    if (stat.isDirectory()) {
      await handle?.close();
      throw new Error('it is a folder');
    }
    // pipes are read by the event loop: a thread of the pool that waits for a byte could not be stopped
    if (stat.isFIFO() || stat.isSocket()) return { ...pipeSource(handle?.fd ?? 0), isRegular: false };
    const stream =
      handle === null
        ? createReadStream('', { fd: 0, autoClose: false, highWaterMark: CHUNK_BYTES })
        : handle.createReadStream({ highWaterMark: CHUNK_BYTES });
    return { ...streamSource(stream), isRegular: path !== '-' && stat.isFile() };
  } catch (error) {
    throw new VideoError('UNREADABLE', `${name} cannot be opened: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function pipeSource(fd: number): ByteSource {
  return streamSource(new Socket({ fd, readable: true, writable: false }));
}

function streamSource(stream: Readable): ByteSource {
  return {
    chunks: stream[Symbol.asyncIterator](),
    close: async () => {
      // who waits for a chunk is told that there is none; nobody else is interested in how the stream ended
      stream.on('error', () => undefined);
      stream.destroy();
    },
  };
}
