import { VideoError } from './errors.ts';

/** 4:0:0 (luma only), 4:2:0, 4:2:2, 4:4:4; libvmaf's spelling of `--pixel_format`. */
export type Chroma = '400' | '420' | '422' | '444';
/** Formats of containers' frames: besides those, 4:1:0, 4:1:1, 4:4:0, and R'G'B' of 8 bits, interleaved [H, W, 3]. */
export type FrameChroma = Chroma | '410' | '411' | '440' | 'rgb';
export type BitDepth = 8 | 10 | 12 | 16;
/** Limited: luma 16–235, chroma 16–240 of 8 bits (studio swing). Full: all codes. */
export type Range = 'limited' | 'full';

/** Frames per second as a fraction, such as 30000/1001. */
export interface FrameRate {
  readonly numerator: number;
  readonly denominator: number;
}

/** Colours that a file states, in ffprobe's words, such as bt2020nc, smpte2084; absent where it says nothing. */
export interface ColourTags {
  readonly range?: string;
  readonly matrix?: string;
  readonly transfer?: string;
  readonly primaries?: string;
}

export interface FrameFormat {
  readonly width: number;
  readonly height: number;
  readonly chroma: FrameChroma;
  readonly bitDepth: BitDepth;
  /** null when the file does not say. */
  readonly frameRate: FrameRate | null;
  /** The range that the file states, null when it does not. */
  readonly range: Range | null;
  /** Colour tags of a container; absent for raw YUV and Y4M. */
  readonly tags?: ColourTags;
}

/**
 * One picture: planes Y, Cb, Cr one after the other without padding, samples over 8 bits as little-endian uint16; of RGB the
 * pixels one after the other. A reader for luma alone keeps the first plane.
 */
export interface Frame {
  /** From 0, counted from the start of the file. */
  readonly index: number;
  readonly format: FrameFormat;
  readonly data: Uint8Array;
}

export const BIT_DEPTHS: readonly BitDepth[] = [8, 10, 12, 16];
export const CHROMAS: readonly Chroma[] = ['400', '420', '422', '444'];

/**
 * 8192 × 8192, twice 8K UHD: one frame makes an 805 MB tensor, and LPIPS needs ten times that. More in a header is a
 * damaged or hostile file.
 */
export const MOST_PIXELS: number = 2 ** 26;

/** How large the planes of a frame are, in samples, and the frame in bytes. */
export interface PlaneSizes {
  /** Samples in the luma plane. */
  readonly luma: number;
  /** 0 for 4:0:0; half the width, rounded up, for 4:2:0 and 4:2:2. */
  readonly chromaWidth: number;
  readonly chromaHeight: number;
  /** Luma samples per chroma sample, across and down, as powers of 2; null for 4:0:0. */
  readonly shifts: readonly [number, number] | null;
  readonly bytesPerSample: 1 | 2;
  /** Bytes of one frame. */
  readonly bytes: number;
}

/** Luma samples per chroma sample, as powers of 2. */
const SHIFTS: Readonly<Record<FrameChroma, readonly [across: number, down: number] | null>> = {
  '400': null,
  '410': [2, 2],
  '411': [2, 0],
  '420': [1, 1],
  '422': [1, 0],
  '440': [0, 1],
  '444': [0, 0],
  // not subsampled: three samples per pixel, wherever they lie
  rgb: [0, 0],
};

/**
 * Sizes of the planes of a frame. Where sides are odd, subsampled chroma planes are rounded up, as in ffmpeg and libvmaf.
 *
 * @example planeSizes({ width: 3, height: 3, chroma: '420', bitDepth: 10 }).bytes // => 34
 */
export function planeSizes({
  width,
  height,
  chroma,
  bitDepth,
}: Pick<FrameFormat, 'width' | 'height' | 'chroma' | 'bitDepth'>): PlaneSizes {
  const luma = width * height;
  const shifts = SHIFTS[chroma];
  const chromaWidth = shifts === null ? 0 : Math.ceil(width / 2 ** shifts[0]);
  const chromaHeight = shifts === null ? 0 : Math.ceil(height / 2 ** shifts[1]);
  const bytesPerSample = bitDepth === 8 ? 1 : 2;
  return {
    luma,
    chromaWidth,
    chromaHeight,
    shifts,
    bytesPerSample,
    bytes: (luma + 2 * chromaWidth * chromaHeight) * bytesPerSample,
  };
}

/**
 * Refuses a width or height that is no size, or is too large.
 *
 * @throws VideoError INVALID_OPTION | TOO_LARGE
 */
export function assertFrameSize(name: string, width: number, height: number): void {
  for (const [side, value] of Object.entries({ width, height })) {
    if (!Number.isInteger(value) || value < 1)
      throw new VideoError('INVALID_OPTION', `${name}: ${side} must be a positive integer, got ${value}`);
  }
  if (width * height > MOST_PIXELS)
    throw new VideoError(
      'TOO_LARGE',
      `${name} has frames of ${width}×${height}, the limit is ${MOST_PIXELS} pixels; scale it down`,
    );
}

/** 4:2:0, or RGB. */
export function chromaName(chroma: FrameChroma): string {
  return chroma === 'rgb' ? 'RGB' : chroma.split('').join(':');
}

/** Frames per second, null when unknown. */
export function framesPerSecond(rate: FrameRate | null): number | null {
  return rate === null ? null : rate.numerator / rate.denominator;
}
