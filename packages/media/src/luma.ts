import { chromaName, planeSizes, type BitDepth, type Frame } from './frame.ts';
import { VideoError } from './errors.ts';

/** Samples of 8 bits are bytes; those of more bits are numbers of 16, as the file holds them. */
export type Samples = Uint8Array | Uint16Array;

/** Cb and Cr of a frame, row by row. */
export interface ChromaPlanes {
  readonly width: number;
  readonly height: number;
  /** Samples from the start of a row to the start of the next. */
  readonly stride: number;
  readonly cb: Samples;
  readonly cr: Samples;
}

/** The luma plane of one frame, and its chroma planes where they were asked for. */
export interface LumaFrame {
  /** From 0, counted from the start of the file. */
  readonly index: number;
  readonly width: number;
  readonly height: number;
  /** Samples from the start of a row to the start of the next. */
  readonly stride: number;
  readonly bitDepth: BitDepth;
  /** Row by row, `stride` · `height` of them. One above the bit depth, which a damaged file may hold, stays as it is. */
  readonly luma: Samples;
  /** Null for 4:0:0, and where chroma was passed over. */
  readonly chroma: ChromaPlanes | null;
}

/**
 * The planes of a frame as views of its memory: nothing is copied, and they are valid as long as the frame is.
 *
 * @param frame as a video reader gives it; of a reader for luma alone it holds no chroma
 * @throws VideoError UNSUPPORTED for RGB, which has no luma plane; MALFORMED when the data has another length
 * @example
 * const data = Uint8Array.of(16, 17, 18, 19, 128, 128);
 * const format = { width: 2, height: 2, chroma: '420', bitDepth: 8, frameRate: null, range: null };
 * lumaOf({ index: 0, format, data }).luma; // => Uint8Array [16, 17, 18, 19]
 */
export function lumaOf({ index, format, data }: Frame): LumaFrame {
  const { width, height, chroma, bitDepth } = format;
  if (chroma === 'rgb')
    throw new VideoError('UNSUPPORTED', 'a frame of RGB has no luma plane; open the clip with rgb: ycbcr');
  const sizes = planeSizes(format);
  const chromaSamples = sizes.chromaWidth * sizes.chromaHeight;
  const samples = samplesOf(data, bitDepth);
  if (samples.length !== sizes.luma && samples.length !== sizes.luma + 2 * chromaSamples)
    throw new VideoError(
      'MALFORMED',
      `a frame of ${width}×${height}, ${chromaName(chroma)} holds ${sizes.luma} luma samples and ${2 * chromaSamples} of chroma, got ${samples.length}`,
    );
  const hasChroma = chromaSamples > 0 && samples.length > sizes.luma;
  const chromaAt = (plane: number): Samples =>
    samples.subarray(sizes.luma + plane * chromaSamples, sizes.luma + (plane + 1) * chromaSamples);
  return {
    index,
    width,
    height,
    stride: width,
    bitDepth,
    luma: samples.subarray(0, sizes.luma),
    chroma: hasChroma
      ? {
          width: sizes.chromaWidth,
          height: sizes.chromaHeight,
          stride: sizes.chromaWidth,
          cb: chromaAt(0),
          cr: chromaAt(1),
        }
      : null,
  };
}

/** The samples of a frame's bytes, without a copy wherever they lie at an even address. */
export function samplesOf({ buffer, byteOffset, length }: Uint8Array, bitDepth: BitDepth): Samples {
  // never a Buffer, which the compiler would tell from the arrays that it knows
  if (bitDepth === 8) return new Uint8Array(buffer, byteOffset, length);
  // a uint16 needs an even address
  if (byteOffset % 2 === 0) return new Uint16Array(buffer, byteOffset, length >> 1);
  return new Uint16Array(buffer.slice(byteOffset, byteOffset + length));
}
