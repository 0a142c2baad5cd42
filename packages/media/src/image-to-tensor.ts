import { VideoError } from './errors.ts';
import { IMAGENET } from './normalisation.ts';

/**
 * An image as LPIPS takes it: ImageNet-normalised, (v/255 − mean)/std in each channel, planar.
 *
 * @param out [3, H, W], overwritten; made when left out
 * @throws VideoError INVALID_OPTION when `out` or the pixels have another length
 * @example imageToTensor({ width: 1, height: 1, rgb: Uint8Array.of(255, 0, 0) }); // => Float32Array [2.2489, -2.0357, -1.8044]
 */
export function imageToTensor(
  { width, height, rgb }: { readonly width: number; readonly height: number; readonly rgb: Uint8Array },
  out: Float32Array = new Float32Array(3 * width * height),
): Float32Array {
  const plane = width * height;
  if (out.length !== 3 * plane || rgb.length !== 3 * plane)
    throw new VideoError(
      'INVALID_OPTION',
      `an image of ${width}×${height} holds ${3 * plane} values, got ${rgb.length} and room for ${out.length}`,
    );
  IMAGENET.forEach((table, channel) => {
    for (let at = 0; at < plane; at++)
      out[channel * plane + at] = table[rgb[3 * at + channel] as number] as number;
  });
  return out;
}
