import { VideoError } from './errors.ts';
import {
  assertFrameSize,
  type BitDepth,
  type Chroma,
  type FrameFormat,
  type FrameRate,
  type Range,
} from './frame.ts';

/** The first bytes of every Y4M stream. */
export const Y4M_MAGIC = 'YUV4MPEG2';

/** How the line before each frame begins. */
export const FRAME_MAGIC = 'FRAME';

/** Longest header line read. mjpegtools writes at most 256 bytes, ffmpeg reads 128; comments (X tags) may add some. */
export const LONGEST_LINE = 1024;

/** Chroma tags as ffmpeg (libavformat/yuv4mpegenc.c) and mjpegtools write them. Siting does not matter to nearest chroma. */
const CHROMA_TAGS: Readonly<Record<string, readonly [Chroma, BitDepth]>> = {
  '420': ['420', 8],
  '420jpeg': ['420', 8],
  '420mpeg2': ['420', 8],
  '420paldv': ['420', 8],
  '420p10': ['420', 10],
  '420p12': ['420', 12],
  '420p16': ['420', 16],
  '422': ['422', 8],
  '422p10': ['422', 10],
  '422p12': ['422', 12],
  '422p16': ['422', 16],
  '444': ['444', 8],
  '444p10': ['444', 10],
  '444p12': ['444', 12],
  '444p16': ['444', 16],
  mono: ['400', 8],
  mono10: ['400', 10],
  mono12: ['400', 12],
  mono16: ['400', 16],
};

/** Comments that state a range, in capitals: ffmpeg's words, and the other names that its options have for them. */
const RANGES: ReadonlyMap<string, Range> = new Map(
  Object.entries({ limited: ['LIMITED', 'TV', 'MPEG'], full: ['FULL', 'PC', 'JPEG'] } as const).flatMap(
    ([range, words]) => words.map((word) => [`COLORRANGE=${word}`, range as Range] as const),
  ),
);

/**
 * Parses a Y4M stream header: W, H, F (rate), I (interlacing), C (chroma, 4:2:0 of 8 bits when absent) and the
 * comment XCOLORRANGE= that ffmpeg writes, in capitals or not; a range that it does not know is one that is not stated.
 * Other tags change nothing here.
 *
 * @param line the first line without its newline
 * @see https://linux.die.net/man/5/yuv4mpeg
 * @throws VideoError MALFORMED | UNSUPPORTED | TOO_LARGE
 */
export function parseY4mHeader(name: string, line: string): FrameFormat {
  const [magic, ...tags] = line.split(' ');
  if (magic !== Y4M_MAGIC) throw malformed(name, `starts with ${JSON.stringify(magic?.slice(0, 32))}`);
  const values = new Map<string, string>();
  let range: FrameFormat['range'] = null;
  for (const tag of tags.filter((text) => text !== '')) {
    const [letter, value] = [tag.charAt(0), tag.slice(1)];
    if (letter !== 'X') {
      if (values.has(letter)) throw malformed(name, `has tag ${letter} twice`);
      values.set(letter, value);
    } else range = RANGES.get(value.toUpperCase()) ?? range;
  }
  const width = side(name, 'W', values.get('W'));
  const height = side(name, 'H', values.get('H'));
  assertFrameSize(name, width, height);
  assertProgressive(name, values.get('I') ?? 'p');
  const [chroma, bitDepth] = chromaOf(name, values.get('C') ?? '420');
  return { width, height, chroma, bitDepth, frameRate: frameRate(name, values.get('F')), range };
}

/**
 * The line before each frame: FRAME, and perhaps tags of that frame, which change nothing here.
 *
 * @throws VideoError MALFORMED
 */
export function assertFrameLine(name: string, line: string, index: number): void {
  if (line !== FRAME_MAGIC && !line.startsWith(`${FRAME_MAGIC} `))
    throw new VideoError(
      'MALFORMED',
      `${name}: frame ${index} must start with the line FRAME, got ${JSON.stringify(line.slice(0, 32))}; ${index} frames before it are whole`,
      { goodFrames: index },
    );
}

function side(name: string, tag: string, text: string | undefined): number {
  if (text === undefined) throw malformed(name, `has no tag ${tag}`);
  // nine digits are exact, and far beyond the limit of pixels
  if (!/^[1-9]\d{0,8}$/.test(text)) throw malformed(name, `has ${tag}${text.slice(0, 32)}, not a size`);
  return Number(text);
}

function frameRate(name: string, text: string | undefined): FrameRate | null {
  if (text === undefined) return null;
  const [, numerator, denominator] = /^(\d{1,9}):(\d{1,9})$/.exec(text) ?? [];
  if (numerator === undefined) throw malformed(name, `has F${text.slice(0, 32)}, not a frame rate`);
  // 0:0 is how the format says unknown
  if (Number(numerator) === 0 || Number(denominator) === 0) return null;
  return { numerator: Number(numerator), denominator: Number(denominator) };
}

/** '?' is unknown, which every writer of progressive files uses at times. */
function assertProgressive(name: string, text: string): void {
  if (text !== 'p' && text !== '?')
    throw new VideoError(
      'UNSUPPORTED',
      `${name} is interlaced (I${text.slice(0, 32)}), expected progressive frames; deinterlace it first`,
    );
}

function chromaOf(name: string, text: string): readonly [Chroma, BitDepth] {
  const found = Object.hasOwn(CHROMA_TAGS, text) ? CHROMA_TAGS[text] : undefined;
  if (found === undefined)
    throw new VideoError(
      'UNSUPPORTED',
      `${name} has chroma format C${text.slice(0, 32)}, expected one of ${Object.keys(CHROMA_TAGS).join(', ')}`,
    );
  return found;
}

function malformed(name: string, what: string): VideoError {
  return new VideoError('MALFORMED', `${name} is not a Y4M file: its header ${what}`);
}
