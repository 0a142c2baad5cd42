import { VideoError } from './errors.ts';

/** Lines of ffmpeg that say only that what went before was fatal, or what to type. */
const EMPTY_WORDS = /^(Conversion failed!|To ignore this, add|Error while (de|fil)|\s*Last message repeated)/;
const MOST_LINES = 3;
const MOST_CHARACTERS = 400;

/**
 * ffmpeg's own reason, for the end of a message: its last lines without addresses of memory.
 *
 * @example reasonIn('[mov @ 0x55d0c0] moov atom not found\nclip.mp4: Invalid data found\n')
 * // => ': [mov] moov atom not found; clip.mp4: Invalid data found'
 */
export function reasonIn(stderr: string): string {
  const lines = stderr
    .split(/[\r\n]+/)
    .map((line) => line.replaceAll(/ @ 0x[0-9a-f]+/g, '').trim())
    .filter((line) => line !== '' && !EMPTY_WORDS.test(line));
  const reason = [...new Set(lines)].slice(-MOST_LINES).join('; ').slice(-MOST_CHARACTERS);
  return reason === '' ? '' : `: ${reason}`;
}

/** A program that cannot be started. */
export function missing(path: string, command: string, error: NodeJS.ErrnoException): VideoError {
  const failure = `${command} could not be started: ${error.message}`;
  if (error.code !== 'ENOENT') return new VideoError('DECODE_FAILED', failure, { cause: error });
  return new VideoError(
    'FFMPEG_MISSING',
    `${path} is neither Y4M nor described as raw YUV, and there is no ${command} to decode it; install ffmpeg, or convert it to Y4M`,
    { cause: error },
  );
}
