import { heatMap } from '@vqforge/runtime';
import { type Image, readImage } from '@vqforge/media/node';
import { imageFormat } from '@vqforge/media';
import { imageToTensor } from '@vqforge/media';
import type { Lpips } from '@vqforge/runtime';
import { ServerError } from './errors.ts';

/** Two images as they were sent. */
export interface ImagePair {
  readonly reference: Uint8Array;
  readonly distorted: Uint8Array;
}

interface PairDistance {
  readonly width: number;
  readonly height: number;
  readonly distance: number;
  /** PNG, 8-bit grey; only when it was asked for. */
  readonly heatMap?: Buffer;
}

/**
 * LPIPS of two images of one size.
 *
 * @param mostPixels of each; a larger image is refused before it is decoded
 * @param wantsHeatMap needs a model with maps
 * @throws ServerError INVALID_IMAGE | TOO_LARGE
 * @throws VideoError of `readImage`
 * @throws RuntimeError of `Lpips`
 */
export async function pairDistance(
  lpips: Lpips,
  pair: ImagePair,
  { mostPixels, wantsHeatMap }: { readonly mostPixels: number; readonly wantsHeatMap: boolean },
): Promise<PairDistance> {
  await checkPixels('reference', pair.reference, mostPixels);
  await checkPixels('distorted', pair.distorted, mostPixels);
  const [reference, distorted] = await Promise.all([readImage(pair.reference), readImage(pair.distorted)]);
  const { width, height } = reference;
  if (width !== distorted.width || height !== distorted.height) {
    throw new ServerError(
      'INVALID_IMAGE',
      `reference is ${width}×${height} and distorted ${distorted.width}×${distorted.height}, expected one size; scale one of them`,
    );
  }
  const [ref, dist] = [reference, distorted].map((image) => inputOf(lpips, image)) as [
    Float32Array,
    Float32Array,
  ];
  const shape = { width, height, count: 1 };
  if (!wantsHeatMap) {
    const [distance] = await lpips.score(ref, dist, shape);
    return { width, height, distance: distance as number };
  }
  const detail = await lpips.detail(ref, dist, shape);
  const png = await greyPng(heatMap(detail, 0), width, height);
  return { width, height, distance: detail.scores[0] as number, heatMap: png };
}

/** Header only: a file of a few kilobytes may say that it holds gigabytes of pixels. */
async function checkPixels(name: string, bytes: Uint8Array, mostPixels: number): Promise<void> {
  if (imageFormat(bytes) === null) {
    throw new ServerError('INVALID_IMAGE', `${name} is not a PNG, JPEG, WebP, TIFF or AVIF image`);
  }
  const { default: sharp } = await import('sharp');
  const { width, height } = await sharp(bytes)
    .metadata()
    .catch((error: Error) => {
      throw new ServerError('INVALID_IMAGE', `${name} cannot be read: ${error.message}`, {
        cause: error,
      });
    });
  if (width * height > mostPixels) {
    throw new ServerError(
      'TOO_LARGE',
      `${name} is ${width}×${height}, more than the ${mostPixels} pixels this server takes; scale both images down`,
    );
  }
}

function inputOf({ inputType }: Lpips, image: Image): Float32Array | Uint8Array {
  return inputType === 'uint8' ? image.rgb : imageToTensor(image);
}

/** White is the largest difference of this pair, black none. */
async function greyPng(heat: Float32Array, width: number, height: number): Promise<Buffer> {
  const { default: sharp } = await import('sharp');
  const most = heat.reduce((max, value) => Math.max(max, value), 0);
  const scale = most === 0 ? 0 : 255 / most;
  const grey = Uint8Array.from(heat, (value) => Math.round(value * scale));
  return sharp(grey, { raw: { width, height, channels: 1 } })
    .png()
    .toBuffer();
}
