import { colourOf, type Colour, type ColourOptions } from './colour.ts';
import { VideoError } from './errors.ts';
import { forkKernel } from './fork-kernel.ts';
import { planeSizes, type BitDepth, type Frame } from './frame.ts';
import { CODES, FORK_IMAGENET, IMAGENET } from './normalisation.ts';
import { exactKernel, type RowKernel, type Samples } from './row-kernels.ts';

/**
 * A frame as LPIPS takes it: R'G'B' of 8 bits, nearest chroma, ImageNet-normalised, planar.
 *
 * Limited range: R' = 255·((Y−16)/219 + 1.5748·(Cr−128)/224), and so on with the matrix's coefficients, samples of more
 * bits at their full precision; then rounded to 8 bits and clamped. Then (v/255 − mean)/std in each channel.
 *
 * @param out [3, H, W], overwritten; made when left out
 * @throws VideoError INVALID_OPTION | MALFORMED when data or `out` have another length; UNSUPPORTED for 4:0:0 with compat
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

/** Tables are made once per kind of conversion; there are at most 56 kinds. */
const kernels = new Map<string, RowKernel>();

function kernelFor(what: 'tensor' | 'rgb', bitDepth: BitDepth, colour: Colour): RowKernel {
  const key = [what, bitDepth, colour.compat, colour.matrix, colour.range].join(' ');
  let kernel = kernels.get(key);
  if (kernel === undefined) {
    kernel =
      colour.compat === 'fork'
        ? forkKernel(bitDepth, what === 'rgb' ? CODES : FORK_IMAGENET)
        : exactKernel(bitDepth, colour, what === 'rgb' ? CODES : IMAGENET);
    kernels.set(key, kernel);
  }
  return kernel;
}

function convert(frame: Frame, kernel: RowKernel, out: Float32Array): void {
  const { width, height, chroma, bitDepth } = frame.format;
  const { luma: plane, chromaWidth, chromaHeight, bytes } = planeSizes(frame.format);
  if (out.length !== 3 * plane)
    throw new VideoError(
      'INVALID_OPTION',
      `a tensor of ${width}×${height} holds ${3 * plane} values, got room for ${out.length}`,
    );
  if (frame.data.length !== bytes)
    throw new VideoError(
      'MALFORMED',
      `a frame of ${width}×${height}, 4:${chroma[1]}:${chroma[2]}, ${bitDepth} bits holds ${bytes} bytes, got ${frame.data.length}`,
    );
  const samples = samplesOf(frame.data, bitDepth);
  const chromaPlane = chromaWidth * chromaHeight;
  const neutral = chroma === '400' ? samples.slice(0, width).fill(2 ** (bitDepth - 1)) : null;
  const planes = {
    luma: samples,
    cb: neutral ?? samples.subarray(plane, plane + chromaPlane),
    cr: neutral ?? samples.subarray(plane + chromaPlane),
    chromaShift: chroma === '420' || chroma === '422' ? 1 : 0,
    width,
    out,
    plane,
  } as const;
  const row = { lumaAt: 0, chromaAt: 0, outAt: 0 };
  for (let y = 0; y < height; y++) {
    row.lumaAt = row.outAt = y * width;
    row.chromaAt = chromaWidth * (chroma === '420' ? y >> 1 : y);
    kernel(planes, row);
  }
}

function samplesOf(data: Uint8Array, bitDepth: BitDepth): Samples {
  // a Buffer would make of the kernels a slower kind of function
  if (bitDepth === 8) return new Uint8Array(data.buffer, data.byteOffset, data.length);
  // uint16 needs an even address
  const even = data.byteOffset % 2 === 0 ? data : new Uint8Array(data);
  return new Uint16Array(even.buffer, even.byteOffset, even.length / 2);
}
