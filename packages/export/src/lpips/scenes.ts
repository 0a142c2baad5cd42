/** A reference image and distorted ones of its size: RGB bytes as in a file, [height, width, 3]. */
export interface Scene {
  readonly width: number;
  readonly height: number;
  readonly ref: Uint8Array;
  readonly dists: readonly Uint8Array[];
}

/** A side for the texture, and the distortions that every reference gets; the last is none. */
type Pixel = (x: number, y: number, channel: number) => number;
type Distortion = (pixel: Pixel, random: () => number) => Pixel;

const DISTORTIONS: readonly Distortion[] = [
  (pixel, random) => (x, y, channel) => pixel(x, y, channel) + 40 * random() - 20,
  (pixel) => (x, y, channel) => pixel(x - (x % 8), y - (y % 8), channel),
  (pixel) => (x, y, channel) =>
    (pixel(x, y, channel) + pixel(x + 1, y, channel) + pixel(x, y + 1, channel)) / 3,
  (pixel) => (x, y, channel) => pixel(x + 2, y + 1, channel),
  (pixel) => (x, y, channel) => 32 * Math.floor(pixel(x, y, channel) / 32),
  (pixel) => pixel,
];

/**
 * Generated image pairs to compare two graphs on: five references (noise, a coloured gradient, an edge pattern, black,
 * waves of squares) with six distortions each, in sizes from the smallest that the net takes, odd ones among them.
 * The same for the same arguments: a 32-bit linear congruential generator (Numerical Recipes' constants), no clock.
 */
export function generatedScenes(minimumSide: number): Scene[] {
  let state = 1;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const table = Uint8Array.from({ length: 4096 }, () => 256 * random());
  const references: readonly (readonly [width: number, height: number, pixel: Pixel])[] = [
    [
      minimumSide,
      minimumSide,
      (x, y, channel) => table[(x * 131 + y * 17 + channel * 1031) & 4095] as number,
    ],
    [65, 48, (x, y, channel) => [3 * x, 4 * y, 2 * (x + y)][channel] as number],
    [48, 67, (x, y, channel) => (((x >> 2) + (y >> 3) + channel) % 2 === 0 ? 230 : 20)],
    [40, 40, () => 0],
    [64, 64, (x, y, channel) => 128 + (((x * x + y * (7 + channel)) >> 3) % 100) - 50],
  ];
  return references.map(([width, height, pixel]) => {
    const draw = (source: Pixel): Uint8Array => {
      const image = new Uint8ClampedArray(width * height * 3);
      for (let index = 0; index < image.length; index++) {
        const at = Math.floor(index / 3);
        image[index] = source(at % width, Math.floor(at / width), index % 3);
      }
      return new Uint8Array(image.buffer);
    };
    const dists = DISTORTIONS.map((distort) => draw(distort(pixel, random)));
    return { width, height, ref: draw(pixel), dists };
  });
}
