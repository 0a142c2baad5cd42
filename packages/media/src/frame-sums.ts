import type { ByteReader } from './byte-reader.ts';
import { VideoError } from './errors.ts';
import { planeSizes, type FrameFormat } from './frame.ts';
import type { Framing } from './framing.ts';

/** Longest line of ffmpeg's framecrc: a frame has 70 characters. */
const LONGEST_LINE = 1024;
/** Lines of its header; a stream has 6. */
const MOST_HEADER_LINES = 64;
const COMMENT = '#'.charCodeAt(0);

/**
 * The header of ffmpeg's framecrc, up to the first frame.
 *
 * @throws VideoError NO_FRAMES | MALFORMED, and how ffmpeg ended
 */
export async function readDimensions(
  name: string,
  sums: ByteReader,
): Promise<{ readonly width: number; readonly height: number }> {
  for (let line = 0; line < MOST_HEADER_LINES; line++) {
    const [first] = await sums.peek(1);
    if (first === undefined) throw new VideoError('NO_FRAMES', `${name} holds no frame`, { goodFrames: 0 });
    if (first !== COMMENT) break;
    const [, width, height] =
      /^#dimensions 0: (\d{1,9})x(\d{1,9})$/.exec((await sums.readLine(LONGEST_LINE)) ?? '') ?? [];
    if (width !== undefined) return { width: Number(width), height: Number(height) };
  }
  throw new VideoError('MALFORMED', `ffmpeg does not say how large the frames of ${name} are`);
}

/** Frames as ffmpeg's framecrc counts them: a line about each comes before it, with its size in bytes. */
export function frameSumFraming(name: string, format: FrameFormat, sums: ByteReader): Framing {
  const { bytes } = planeSizes(format);
  return {
    async begin(index) {
      const line = await lineAbout(sums);
      if (line === null) return false;
      // stream, dts, pts, duration, size, sum
      const size = Number(line?.split(',')[4]);
      if (!Number.isSafeInteger(size))
        throw new VideoError('MALFORMED', `ffmpeg does not say how large frame ${index} of ${name} is`);
      if (size === bytes) return true;
      throw new VideoError(
        'SIZE_CHANGED',
        `${name} changes the size of its frames: frame ${index} is not ${format.width}×${format.height}; cut it there, or scale it to one size`,
      );
    },
    // the line before it said how many bytes it has
    end: async () => undefined,
  };
}

async function lineAbout(sums: ByteReader): Promise<string | null | undefined> {
  for (;;) {
    const line = await sums.readLine(LONGEST_LINE);
    if (typeof line !== 'string' || !line.startsWith('#')) return line;
  }
}
