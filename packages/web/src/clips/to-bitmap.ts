/** Pixels of R'G'B' with alpha, ready to be drawn as they are: the page itself only copies them. */
export function toBitmap(
  rgba: Uint8ClampedArray<ArrayBuffer>,
  width: number,
  height: number,
): Promise<ImageBitmap> {
  return createImageBitmap(new ImageData(rgba, width, height), {
    colorSpaceConversion: 'none',
    premultiplyAlpha: 'none',
  });
}
