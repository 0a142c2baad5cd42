import { imageFormat } from '@vqforge/media/images';
import { type Image, readImage } from '@vqforge/media/node';
import { ServerError } from './errors.ts';
import { parseForm } from './multipart-form.ts';
import type { Extent, PairForm, ImageTensors, RequestCalls } from './request-calls.ts';

/**
 * Finds the two files of a form.
 *
 * @throws ServerError UNSUPPORTED_MEDIA_TYPE | INVALID_REQUEST | TOO_LARGE
 */
export function readForm({ body, contentType, mostFields }: RequestCalls['readForm']['request']): PairForm {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.length);
  const parts = new Map(
    parseForm(bytes, contentType, { files: 2, parts: 2 + mostFields }).map((part) => [part.name, part]),
  );
  const extentOf = (name: string): Extent => {
    const part = parts.get(name);
    if (part?.isFile !== true) {
      throw new ServerError('INVALID_REQUEST', `the form has no file ${name}; send reference and distorted`);
    }
    const start = part.bytes.byteOffset - bytes.byteOffset;
    return { start, end: start + part.bytes.length };
  };
  const [reference, distorted] = [extentOf('reference'), extentOf('distorted')];
  const fields = new Map(
    [...parts.values()]
      .filter(({ isFile }) => !isFile)
      .map(({ name, bytes: text }) => [name, text.toString('utf8', 0, LONGEST_FIELD)]),
  );
  return { body, reference, distorted, fields };
}

/** Bytes of a field's text; a model's name is the longest. */
const LONGEST_FIELD = 256;

/**
 * Pixels of the larger image, by the headers of both: a file of a few kilobytes may say that it holds gigabytes of pixels,
 * and is refused before it is decoded.
 *
 * @throws ServerError INVALID_IMAGE | TOO_LARGE
 */
export async function measuredPixels({
  body,
  reference,
  distorted,
  mostPixels,
}: RequestCalls['measure']['request']): Promise<number> {
  return Math.max(
    await pixelsOf('reference', body, reference, mostPixels),
    await pixelsOf('distorted', body, distorted, mostPixels),
  );
}

async function pixelsOf(
  name: string,
  body: Uint8Array,
  { start, end }: Extent,
  most: number,
): Promise<number> {
  const bytes = body.subarray(start, end);
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
  if (width * height > most) {
    throw new ServerError(
      'TOO_LARGE',
      `${name} is ${width}×${height}, more than the ${most} pixels this server takes; scale both images down`,
    );
  }
  return width * height;
}

/**
 * The pixels of both images, in the order of values that a model takes.
 *
 * @throws ServerError INVALID_IMAGE
 * @throws VideoError of `readImage`
 */
export async function decodePair({
  body,
  reference,
  distorted,
  inputType,
}: RequestCalls['decode']['request']): Promise<ImageTensors> {
  const [ref, dist] = await Promise.all([
    readImage(body.subarray(reference.start, reference.end)),
    readImage(body.subarray(distorted.start, distorted.end)),
  ]);
  const { width, height } = ref;
  if (width !== dist.width || height !== dist.height) {
    throw new ServerError(
      'INVALID_IMAGE',
      `reference is ${width}×${height} and distorted ${dist.width}×${dist.height}, expected one size; scale one of them`,
    );
  }
  const valuesOf = ({ rgb }: Image): ImageTensors['ref'] =>
    inputType === 'uint8' ? new Uint8Array(rgb) : planesOf(rgb);
  return { width, height, ref: valuesOf(ref), dist: valuesOf(dist) };
}

/** [H, W, 3] as [3, H, W]. */
function planesOf(rgb: Uint8Array): Uint8Array<ArrayBuffer> {
  const plane = rgb.length / 3;
  const planes = new Uint8Array(rgb.length);
  for (let at = 0; at < plane; at++) {
    planes[at] = rgb[3 * at] as number;
    planes[plane + at] = rgb[3 * at + 1] as number;
    planes[2 * plane + at] = rgb[3 * at + 2] as number;
  }
  return planes;
}

/**
 * A heat map as PNG, 8-bit grey: white is the largest difference of this pair, black none.
 *
 * @param heat [height, width]
 */
export async function greyPng(
  heat: Float32Array,
  { width, height }: { readonly width: number; readonly height: number },
): Promise<Uint8Array<ArrayBuffer>> {
  const { default: sharp } = await import('sharp');
  let most = 0;
  for (let i = 0; i < heat.length; i++) most = Math.max(most, heat[i] as number);
  const scale = most === 0 ? 0 : 255 / most;
  const grey = new Uint8Array(heat.length);
  for (let i = 0; i < heat.length; i++) grey[i] = Math.round((heat[i] as number) * scale);
  const png = await sharp(grey, { raw: { width, height, channels: 1 } })
    .png()
    .toBuffer();
  return new Uint8Array(png);
}
