import { generator } from '../../../../../testing/generator.ts';
import { IMAGENET_MEAN, IMAGENET_STD } from '@vqforge/base';

/** RGB bytes as in a file: [height, width, 3]. */
export interface Image {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

export function draw(
  width: number,
  height: number,
  pixel: (x: number, y: number, channel: number) => number,
): Image {
  const pixels = new Uint8ClampedArray(width * height * 3).map((_, index) => {
    const at = Math.floor(index / 3);
    return pixel(at % width, Math.floor(at / width), index % 3);
  });
  return { width, height, pixels: new Uint8Array(pixels.buffer) };
}

export function noise(width: number, height: number, seed: number): Image {
  const random = generator(seed);
  return draw(width, height, () => 256 * random());
}

export function flat(width: number, height: number, value: number): Image {
  return draw(width, height, () => value);
}

/** The image with noise of at most `amount` added to every value. */
export function shaken(image: Image, amount: number, seed: number): Image {
  const random = generator(seed);
  const pixels = Uint8ClampedArray.from(image.pixels, (value) => value + amount * (2 * random() - 1));
  return { ...image, pixels: new Uint8Array(pixels.buffer) };
}

/** What a graph of the contract is fed: [n, 3, height, width], ImageNet-normalised. */
export function normalised(images: readonly Image[]): { data: Float32Array; dims: number[] } {
  const { width, height } = images[0] as Image;
  const plane = width * height;
  const data = new Float32Array(images.length * 3 * plane);
  images.forEach(({ pixels }, at) => {
    pixels.forEach((value, index) => {
      const channel = index % 3;
      const unit = (value / 255 - (IMAGENET_MEAN[channel] as number)) / (IMAGENET_STD[channel] as number);
      data[(at * 3 + channel) * plane + Math.floor(index / 3)] = unit;
    });
  });
  return { data, dims: [images.length, 3, height, width] };
}
