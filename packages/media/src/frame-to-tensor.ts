import { exactKernel } from './exact-kernel.ts';
import { frameLayout, type FrameKernel } from './frame-layout.ts';
import { colourOf, type Colour, type ColourOptions } from './colour.ts';
import { VideoError } from './errors.ts';
import { forkKernel } from './fork-kernel.ts';
import { chromaName, planeSizes, type BitDepth, type Frame } from './frame.ts';
import { samplesOf } from './luma.ts';
import { rgbKernel } from './rgb-kernel.ts';
import { CODES, FORK_IMAGENET, IMAGENET } from './normalisation.ts';

/**
 * A frame as LPIPS takes it: R'G'B' of 8 bits, nearest chroma, ImageNet-normalised, planar.
 *
 * Limited range: R' = 255·((Y−16)/219 + 1.5748·(Cr−128)/224), and so on with the matrix's coefficients, samples of more
 * bits at their full precision; then rounded to 8 bits and clamped. Then (v/255 − mean)/std in each channel.
 *
 * R'G'B' frames are normalised as they are.
 *
 * @param out [3, H, W], overwritten; made when left out
 * @throws VideoError INVALID_OPTION | MALFORMED when data or `out` have another length; UNSUPPORTED for 4:0:0 with compat
 * @example
 * const format = { width: 1, height: 1, chroma: '444', bitDepth: 8, frameRate: null };
 * frameToTensor({ index: 0, format, data: Uint8Array.of(126, 128, 128) }); // grey 128: Float32Array [0.0741, 0.2052, 0.4265]
 */
export function frameToTensor(
  frame: Frame,
  colour: ColourOptions = {},
  out: Float32Array = new Float32Array(3 * frame.format.width * frame.format.height),
): Float32Array {
  convert(frame, kernelFor('tensor', frame.format.bitDepth, colourOf(colour, frame.format)), out);
  return out;
}

/** The same R'G'B' codes before they are normalised, interleaved [H, W, 3]. */
export function frameToRgb(frame: Frame, colour: ColourOptions = {}): Uint8Array {
  const plane = frame.format.width * frame.format.height;
  const planar = new Float32Array(3 * plane);
  convert(frame, kernelFor('rgb', frame.format.bitDepth, colourOf(colour, frame.format)), planar);
  const rgb = new Uint8Array(3 * plane);
  for (let at = 0; at < plane; at++)
    for (let channel = 0; channel < 3; channel++)
      rgb[3 * at + channel] = planar[channel * plane + at] as number;
  return rgb;
}

/** Tables are made once per kind of conversion; there are at most 58 kinds. */
const kernels = new Map<string, FrameKernel>();

function kernelFor(what: 'tensor' | 'rgb', bitDepth: BitDepth, colour: Colour): FrameKernel {
  const key = [what, bitDepth, colour.compat, colour.matrix, colour.range].join(' ');
  let kernel = kernels.get(key);
  if (kernel === undefined) {
    const { matrix } = colour;
    const tables = what === 'rgb' ? CODES : colour.compat === 'fork' ? FORK_IMAGENET : IMAGENET;
    if (matrix === 'rgb') kernel = rgbKernel(tables);
    else if (colour.compat === 'fork') kernel = forkKernel(bitDepth, tables);
    else kernel = exactKernel(bitDepth, matrix, colour.range, tables);
    kernels.set(key, kernel);
  }
  return kernel;
}

function convert(frame: Frame, kernel: FrameKernel, out: Float32Array): void {
  const { width, height, chroma, bitDepth } = frame.format;
  const { luma: plane, bytes } = planeSizes(frame.format);
  if (out.length !== 3 * plane)
    throw new VideoError(
      'INVALID_OPTION',
      `a tensor of ${width}×${height} holds ${3 * plane} values, got room for ${out.length}`,
    );
  if (frame.data.length !== bytes)
    throw new VideoError(
      'MALFORMED',
      `a frame of ${width}×${height}, ${chromaName(chroma)}, ${bitDepth} bits holds ${bytes} bytes, got ${frame.data.length}`,
    );
  kernel(samplesOf(frame.data, bitDepth), frameLayout(frame.format), out);
}
