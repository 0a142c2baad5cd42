import type { ByteReader } from './byte-reader.ts';
import { VideoError } from './errors.ts';
import { latin1 } from './latin1.ts';
import { assertFrameLine, FRAME_MAGIC, LONGEST_LINE } from './y4m-header.ts';

/** Marks between the frames of a stream, which say where each begins and that it was all of it. */
export interface Framing {
  /** Reads up to the first byte of a frame; false where the stream ends instead. @throws VideoError MALFORMED | TRUNCATED */
  begin(index: number): Promise<boolean>;
  /** After the bytes of a frame: what follows must be the next or the end. @throws VideoError MALFORMED */
  end(index: number): Promise<void>;
}

/** Raw YUV: nothing stands between the frames. */
export function rawFraming(bytes: ByteReader): Framing {
  return {
    begin: async () => (await bytes.peek(1)).length > 0,
    end: async () => undefined,
  };
}

/**
 * Y4M: a line FRAME before each. Frames of another size than the header says would be cut at wrong places, so one is whole
 * only when another line FRAME follows, or the end; some tools end their files in a newline.
 */
export function y4mFraming(name: string, bytes: ByteReader): Framing {
  let isAtEnd = false;
  return {
    async begin(index) {
      if (isAtEnd) return false;
      const line = await bytes.readLine(LONGEST_LINE);
      if (line === null || (line === '' && (await bytes.peek(1)).length === 0)) return false;
      if (line === undefined)
        throw new VideoError('MALFORMED', `${name} has no FRAME line before frame ${index}`);
      assertFrameLine(name, line, index);
      return true;
    },
    async end(index) {
      const start = latin1(await bytes.peek(FRAME_MAGIC.length));
      // the beginning of a line that is cut off is a fault of the next frame
      if (FRAME_MAGIC.startsWith(start)) return;
      isAtEnd = start.length < FRAME_MAGIC.length && /^[\r\n]+$/.test(start);
      if (isAtEnd) return;
      throw new VideoError(
        'MALFORMED',
        `${name}: frame ${index} is followed by ${JSON.stringify(start)}, expected the line FRAME or the end; its size is not that of the header`,
      );
    },
  };
}
