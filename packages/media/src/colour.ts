import { VideoError } from './errors.ts';
import { matrixOfTags } from './colour-tags.ts';
import { chromaName, type BitDepth, type FrameFormat, type Range } from './frame.ts';

export type Matrix = 'bt601' | 'bt709' | 'bt2020';

/** How samples become RGB. The defaults: what the file states, or else BT.709 and limited range. */
export interface ColourOptions {
  readonly matrix?: Matrix;
  readonly range?: Range;
  /** `fork`: lusoris/vmaf's arithmetic, bit by bit: its own coefficients, limited range whatever the file states. */
  readonly compat?: 'fork';
}

/** Colours of a reference and its renditions: of all, and of one side where it differs from that. */
export interface SideColours extends ColourOptions {
  readonly reference?: Omit<ColourOptions, 'compat'>;
  readonly distorted?: Omit<ColourOptions, 'compat'>;
}

/**
 * The colours of one side.
 *
 * @example colourOfSide({ matrix: 'bt709', range: 'full', distorted: { matrix: 'bt601' } }, 'distorted')
 * // => { matrix: 'bt601', range: 'full' }
 */
export function colourOfSide(colours: SideColours, side: 'reference' | 'distorted'): ColourOptions {
  const { reference, distorted, ...both } = colours;
  return { ...both, ...{ reference, distorted }[side] };
}

/** The colour conversion that was in effect, for reports. */
export interface Colour {
  /** `rgb` where there was nothing to convert. */
  readonly matrix: Matrix | 'rgb';
  readonly range: Range;
  readonly compat: 'none' | 'fork';
}

interface Coefficients {
  readonly redFromCr: number;
  readonly greenFromCb: number;
  readonly greenFromCr: number;
  readonly blueFromCb: number;
}

/** Y'CbCr to R'G'B' for Cb and Cr of ±0.5, non-constant luminance: 2(1−Kr), 2Kb(1−Kb)/Kg, 2Kr(1−Kr)/Kg, 2(1−Kb). */
export const MATRICES: Readonly<Record<Matrix, Coefficients>> = {
  // Kr 0.299, Kb 0.114: ITU-R BT.601-7
  bt601: { redFromCr: 1.402, greenFromCb: 0.344136, greenFromCr: 0.714136, blueFromCb: 1.772 },
  // Kr 0.2126, Kb 0.0722: ITU-R BT.709-6
  bt709: { redFromCr: 1.5748, greenFromCb: 0.187324, greenFromCr: 0.468124, blueFromCb: 1.8556 },
  // Kr 0.2627, Kb 0.0593: ITU-R BT.2020-2
  bt2020: { redFromCr: 1.4746, greenFromCb: 0.164553, greenFromCr: 0.571353, blueFromCb: 1.8814 },
};

/**
 * The colour conversion for a file.
 *
 * @throws VideoError INVALID_OPTION when compat 'fork' is combined with a matrix or range; UNSUPPORTED when lusoris/vmaf
 * does not read the format (4:0:0, RGB and the like)
 * @example colourOf({}, { chroma: '420' }); // => { matrix: 'bt709', range: 'limited', compat: 'none' }
 */
export function colourOf(
  { matrix, range, compat }: ColourOptions,
  format: Pick<FrameFormat, 'chroma' | 'range' | 'tags'>,
): Colour {
  if (matrix !== undefined && !Object.hasOwn(MATRICES, matrix))
    throw new VideoError(
      'INVALID_OPTION',
      `matrix must be one of ${Object.keys(MATRICES).join(', ')}, got ${matrix}`,
    );
  if (range !== undefined && range !== 'limited' && range !== 'full')
    throw new VideoError('INVALID_OPTION', `range must be limited or full, got ${String(range)}`);
  if (compat === undefined && format.chroma === 'rgb')
    return { matrix: 'rgb', range: 'full', compat: 'none' };
  if (compat === undefined)
    return {
      matrix: matrix ?? matrixOfTags(format.tags) ?? 'bt709',
      range: range ?? format.range ?? 'limited',
      compat: 'none',
    };
  if (compat !== 'fork')
    throw new VideoError('INVALID_OPTION', `compat must be fork or left out, got ${String(compat)}`);
  if (matrix !== undefined || range !== undefined)
    throw new VideoError(
      'INVALID_OPTION',
      'compat fork has its own matrix and range; leave out matrix and range, or compat',
    );
  if (!['420', '422', '444'].includes(format.chroma))
    throw new VideoError(
      'UNSUPPORTED',
      `compat fork does not read ${chromaName(format.chroma)}; leave out compat`,
    );
  return { matrix: 'bt709', range: 'limited', compat: 'fork' };
}

/** Offset and scale of luma and chroma codes: (code − zero) / span. */
interface CodeRange {
  readonly lumaZero: number;
  readonly lumaSpan: number;
  readonly chromaZero: number;
  readonly chromaSpan: number;
}

/**
 * The codes of black and of chroma without colour, and how many codes lie between the extremes: limited ones of 8 bits are
 * shifted left for more bits (BT.709-6 item 4, BT.2100-2 table 9), full ones span all codes.
 */
export function codeRange(bitDepth: BitDepth, range: Range): CodeRange {
  const step = 2 ** (bitDepth - 8);
  const most = 256 * step - 1;
  return range === 'limited'
    ? { lumaZero: 16 * step, lumaSpan: 219 * step, chromaZero: 128 * step, chromaSpan: 224 * step }
    : { lumaZero: 0, lumaSpan: most, chromaZero: 128 * step, chromaSpan: most };
}
