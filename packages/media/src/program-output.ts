import type { Readable } from 'node:stream';

/**
 * Yields the output of a program on a pipe, chunk by chunk, and at its end how the program ended, which decides whether that is the end of
 * the clip. Nothing is lost that was written before the first chunk is asked for: Node would throw away what is in the pipes of
 * a program that has ended, unless they have a listener.
 */
export function programOutput(
  stream: Readable,
  ended: Promise<void>,
): AsyncGenerator<Uint8Array, void, undefined> {
  stream.on('readable', () => undefined);
  // a pipe that breaks is a program that ended
  stream.on('error', () => undefined);
  // `chunksOf` throws it at the end of the pipe, which may never come
  ended.catch(() => undefined);
  return chunksOf(stream, ended);
}

async function* chunksOf(
  stream: Readable,
  ended: Promise<void>,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of stream) yield chunk as Uint8Array;
  await ended;
}
