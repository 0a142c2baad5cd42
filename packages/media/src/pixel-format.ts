import { VideoError } from './errors.ts';
import type { BitDepth, FrameChroma } from './frame.ts';

/** Facts of a pixel format, as ffprobe lists them. */
export interface PixelFormat {
  readonly name: string;
  readonly components: number;
  /** Luma samples per chroma sample, as powers of 2; 0 where there is no chroma. */
  readonly chromaShift: readonly [across: number, down: number];
  /** Bits of the deepest component. */
  readonly bits: number;
  /** Frames in the memory of a graphics card. */
  readonly isHardware: boolean;
  readonly isRgb: boolean;
  readonly isPalette: boolean;
  readonly hasAlpha: boolean;
}

/** How frames are taken from ffmpeg: as they are, or converted without loss to the nearest format that is read here. */
export interface DecodedFormat {
  /** ffmpeg's name of it, for raw video. */
  readonly name: string;
  readonly chroma: FrameChroma;
  readonly bitDepth: BitDepth;
  /** From what is no planar Y'CbCr of 8, 10, 12 or 16 bits, little-endian. */
  readonly conversion: 'none' | 'repacked' | 'rgb' | 'ycbcr';
}

const SUBSAMPLINGS: ReadonlyMap<string, FrameChroma> = new Map([
  ['0 0', '444'],
  ['1 0', '422'],
  ['1 1', '420'],
  ['0 1', '440'],
  ['2 0', '411'],
  ['2 2', '410'],
]);

/** Formats of other colour spaces that ffmpeg does not call RGB and makes RGB of all the same. */
const LIKE_RGB = /^(xyz|bayer)/;

/**
 * The format that frames of a file are taken in. Y'CbCr keeps its planes: chroma is never resampled, 9 and 14 bits become 10
 * and 16, alpha is left out. RGB of any kind becomes R'G'B' of 8 bits, or Y'CbCr where planes are measured.
 *
 * @param known all that this ffmpeg has
 * @throws VideoError UNSUPPORTED
 */
export function decodedFormat(
  path: string,
  format: PixelFormat,
  known: ReadonlyMap<string, PixelFormat>,
  rgb: 'keep' | 'ycbcr',
): DecodedFormat {
  const { name, isHardware } = format;
  if (isHardware) throw unsupported(path, name, 'is in the memory of a graphics card');
  const bitDepth = depthOf(format.bits);
  if (format.isRgb || format.isPalette || LIKE_RGB.test(name))
    return rgb === 'keep'
      ? { name: 'rgb24', chroma: 'rgb', bitDepth: 8, conversion: 'rgb' }
      : { name: `yuv444p${suffix(bitDepth)}`, chroma: '444', bitDepth, conversion: 'ycbcr' };
  const chroma =
    format.components - Number(format.hasAlpha) === 1
      ? '400'
      : SUBSAMPLINGS.get(format.chromaShift.join(' '));
  if (chroma === undefined)
    throw unsupported(path, name, `has chroma subsampled by 2^${format.chromaShift.join(' and 2^')}`);
  // formats of full range by name stay what they are: their other name would be converted to limited range
  const planar = name.startsWith('yuvj') ? 'yuvj' : 'yuv';
  const base = chroma === '400' ? 'gray' : `${planar}${chroma}p`;
  const target = `${base}${suffix(bitDepth)}`;
  if (!known.has(target)) throw unsupported(path, name, `has no planar form ${target} in this ffmpeg`);
  return { name: target, chroma, bitDepth, conversion: target === name ? 'none' : 'repacked' };
}

/** The least depth that holds so many bits; floating point becomes 16. */
function depthOf(bits: number): BitDepth {
  if (bits <= 8) return 8;
  return bits <= 10 ? 10 : bits <= 12 ? 12 : 16;
}

function suffix(bitDepth: BitDepth): string {
  return bitDepth === 8 ? '' : `${bitDepth}le`;
}

function unsupported(path: string, name: string, what: string): VideoError {
  return new VideoError(
    'UNSUPPORTED',
    `${path} has frames of the pixel format ${name}, which ${what}; convert it to yuv420p or yuv444p`,
  );
}
