import { FeaturesError } from './errors.ts';

/** Size and bit depth that all pictures of one measurement share. */
export interface LumaFormat {
  /** Columns, 33 to 16384. */
  readonly width: number;
  /** Rows, 33 to 16384; at most 2^26 samples in all. */
  readonly height: number;
  /** Bits of a sample, 8 to 16. */
  readonly bitDepth: number;
}

/** The luma samples of one picture, row by row. Code values are used as they are: limited or full range makes no difference. */
export interface LumaPlane {
  /** Bytes at 8 bits, else one 16-bit word a sample, in the low bits (white of 10 bits is 1023). */
  readonly samples: Uint8Array | Uint16Array;
  /** Samples from one row to the next; the width when absent. */
  readonly stride?: number;
}

/** The smallest side for which every feature is defined. */
export const SMALLEST_SIDE = 33;
const LARGEST_SIDE = 16384;
/** 8192 × 8192: 600 MiB of memory at 16 bits. */
const LARGEST_AREA = 2 ** 26;

/**
 * Refuses sizes and bit depths that the kernels do not take.
 *
 * @throws {FeaturesError} `TOO_SMALL`, `TOO_LARGE` or `UNSUPPORTED_DEPTH`
 */
export function checkFormat({ width, height, bitDepth }: LumaFormat): void {
  const size = `picture of ${width}×${height}`;
  if (!(Number.isInteger(width) && Number.isInteger(height) && Math.min(width, height) >= SMALLEST_SIDE)) {
    throw new FeaturesError(
      'TOO_SMALL',
      `${size} has no features, sides of ${SMALLEST_SIDE} or more are expected; ` +
        `below that libvmaf crashes or reads memory that is not the picture's; scale both clips up`,
    );
  }
  if (Math.max(width, height) > LARGEST_SIDE || width * height > LARGEST_AREA) {
    throw new FeaturesError(
      'TOO_LARGE',
      `${size} is too large, sides up to ${LARGEST_SIDE} and ${LARGEST_AREA} samples are expected; scale both clips down`,
    );
  }
  if (!(Number.isInteger(bitDepth) && bitDepth >= 8 && bitDepth <= 16)) {
    throw new FeaturesError(
      'UNSUPPORTED_DEPTH',
      `bit depth ${bitDepth} is not supported, 8 to 16 are expected; convert both clips`,
    );
  }
}

/**
 * Refuses a plane whose length does not fit its format.
 *
 * @throws {FeaturesError} `WRONG_LENGTH`
 */
export function checkPlane(name: string, { samples, stride }: LumaPlane, format: LumaFormat): void {
  const { width, height, bitDepth } = format;
  const bytes = bitDepth === 8 ? 1 : 2;
  if (!ArrayBuffer.isView(samples) || samples.BYTES_PER_ELEMENT !== bytes) {
    const type = bytes === 1 ? 'Uint8Array' : 'Uint16Array';
    throw new FeaturesError(
      'WRONG_LENGTH',
      `${name} has samples of another type than ${bitDepth} bits need; pass a ${type}`,
    );
  }
  const step = stride ?? width;
  const needed = step * (height - 1) + width;
  if (!Number.isInteger(step) || step < width || samples.length < needed) {
    throw new FeaturesError(
      'WRONG_LENGTH',
      `${name} has ${samples.length} samples and rows of ${step}, ` +
        `${width}×${height} needs rows of ${width} or more and ${needed} samples; check size and stride`,
    );
  }
  if (stride === undefined && samples.length !== width * height) {
    throw new FeaturesError(
      'WRONG_LENGTH',
      `${name} has ${samples.length} samples, ${width}×${height} has ${width * height}; check the size, or name the stride`,
    );
  }
}
