import { VideoError } from './errors.ts';
import {
  assertFrameSize,
  BIT_DEPTHS,
  CHROMAS,
  type BitDepth,
  type Chroma,
  type FrameFormat,
  type FrameRate,
} from './frame.ts';

/** The format of a raw planar YUV file, which states none: libvmaf's --width --height --pixel_format --bitdepth. */
export interface RawFormat {
  readonly width: number;
  readonly height: number;
  readonly chroma: Chroma;
  readonly bitDepth: BitDepth;
  readonly frameRate?: FrameRate;
}

/**
 * Refuses a description of raw YUV that contradicts itself.
 *
 * @throws VideoError INVALID_OPTION | TOO_LARGE
 */
export function assertRawFormat(raw: RawFormat): void {
  assertFrameSize('raw YUV', raw.width, raw.height);
  assertOneOf('pixel format', raw.chroma, CHROMAS);
  assertOneOf('bit depth', raw.bitDepth, BIT_DEPTHS);
}

/** The format of frames of raw YUV. */
export function rawFrameFormat({ width, height, chroma, bitDepth, frameRate }: RawFormat): FrameFormat {
  return { width, height, chroma, bitDepth, frameRate: frameRate ?? null, range: null };
}

/**
 * Y4M beside raw YUV states its own format: flags meant for the other clip must not contradict it.
 *
 * @throws VideoError INVALID_OPTION
 */
export function assertAgrees(name: string, format: FrameFormat, raw: RawFormat): void {
  for (const key of ['width', 'height', 'chroma', 'bitDepth'] as const) {
    if (format[key] !== raw[key])
      throw new VideoError(
        'INVALID_OPTION',
        `${name} is a Y4M file with ${key} ${format[key]}, ${key} ${raw[key]} was given for raw YUV; leave out the format, or correct it`,
      );
  }
}

function assertOneOf(name: string, value: string | number, expected: readonly (string | number)[]): void {
  if (!expected.includes(value))
    throw new VideoError('INVALID_OPTION', `${name} must be one of ${expected.join(', ')}, got ${value}`);
}
