import { RuntimeError } from './errors.ts';
import type { ImageShape } from './lpips.ts';

/** Distances at each position of one layer, for every image of a call: [N, height, width]. */
export interface LayerMap {
  readonly height: number;
  readonly width: number;
  readonly data: Float32Array;
}

/** Scores of N distorted images and what they are made of: `score` = Σ over layers of `perLayer` = Σ mean of the map. */
export interface LpipsDetail extends ImageShape {
  /** [N] */
  readonly scores: Float32Array;
  /** [N, layers] */
  readonly perLayer: Float32Array;
  readonly maps: readonly LayerMap[];
}

/**
 * Draws where two images differ: each layer's map brought to the size of the image by bilinear interpolation (pixel centres, not
 * corners, aligned), and summed. Upstream's `spatial=True`. Its mean is close to the score, not equal to it.
 *
 * @param index of the distorted image
 * @returns [height, width]
 */
export function heatMap({ height, width, maps }: LpipsDetail, index: number): Float32Array {
  const heat = new Float32Array(height * width);
  for (const map of maps) {
    const rows = interpolation(height, map.height);
    const columns = interpolation(width, map.width);
    const offset = index * map.height * map.width;
    for (let y = 0; y < height; y++) {
      const { low: top, high: bottom, share: down } = rows[y] as Position;
      const [upper, lower] = [offset + top * map.width, offset + bottom * map.width];
      for (let x = 0; x < width; x++) {
        const { low, high, share } = columns[x] as Position;
        const above = mix(map.data[upper + low] as number, map.data[upper + high] as number, share);
        const below = mix(map.data[lower + low] as number, map.data[lower + high] as number, share);
        heat[y * width + x] = (heat[y * width + x] as number) + mix(above, below, down);
      }
    }
  }
  return heat;
}

/** Between which two positions of a map a pixel's centre lies, and how far towards the second. */
interface Position {
  readonly low: number;
  readonly high: number;
  readonly share: number;
}

/** torch's interpolate(mode='bilinear', align_corners=False), whose positions end at the borders. */
function interpolation(pixels: number, positions: number): Position[] {
  return Array.from({ length: pixels }, (_, pixel) => {
    const at = Math.max(0, ((pixel + 0.5) * positions) / pixels - 0.5);
    const low = Math.min(Math.floor(at), positions - 1);
    return { low, high: Math.min(low + 1, positions - 1), share: at - low };
  });
}

function mix(a: number, b: number, share: number): number {
  return a + (b - a) * share;
}

/**
 * The score of a region: each layer's mean is weighted by how much of the mask falls on a position, the layers are summed.
 * With the same weight everywhere it is the score itself.
 *
 * @param index of the distorted image
 * @param mask [height, width] weights, none negative: 1 inside the region, 0 outside, anything between at its edge
 * @throws RuntimeError INVALID_TENSOR when the mask has another size, a value that is no weight, or is 0 everywhere
 */
export function maskedScore(detail: LpipsDetail, index: number, mask: Float32Array): number {
  const { height, width, maps } = detail;
  if (mask.length !== height * width || !mask.every((weight) => weight >= 0 && weight < Infinity)) {
    throw new RuntimeError(
      'INVALID_TENSOR',
      `mask of ${mask.length} values, expected ${width} × ${height} finite weights of at least 0`,
    );
  }
  if (mask.every((weight) => weight === 0)) {
    throw new RuntimeError('INVALID_TENSOR', 'mask is 0 everywhere, expected a region');
  }
  return maps.reduce((score, map) => score + maskedMean(map, index, areaMeans(detail, mask, map)), 0);
}

function maskedMean({ height, width, data }: LayerMap, index: number, weights: Float64Array): number {
  const offset = index * height * width;
  let sum = 0;
  let total = 0;
  weights.forEach((weight, at) => {
    sum += weight * (data[offset + at] as number);
    total += weight;
  });
  return sum / total;
}

/** How much of the mask falls on each position of a map, whose cells tile the image evenly. */
function areaMeans({ height, width }: ImageShape, mask: Float32Array, map: LayerMap): Float64Array {
  const narrow = new Float64Array(height * map.width);
  for (let y = 0; y < height; y++) {
    overlaps(width, map.width, (x, cell, share) => {
      narrow[y * map.width + cell] =
        (narrow[y * map.width + cell] as number) + share * (mask[y * width + x] as number);
    });
  }
  const sums = new Float64Array(map.height * map.width);
  overlaps(height, map.height, (y, cell, share) => {
    for (let x = 0; x < map.width; x++) {
      const at = cell * map.width + x;
      sums[at] = (sums[at] as number) + share * (narrow[y * map.width + x] as number);
    }
  });
  return sums;
}

/** Every pixel with each cell that it lies on, and which share of the pixel that is. */
function overlaps(
  pixels: number,
  cells: number,
  visit: (pixel: number, cell: number, share: number) => void,
): void {
  for (let pixel = 0; pixel < pixels; pixel++) {
    const [start, end] = [(pixel * cells) / pixels, ((pixel + 1) * cells) / pixels];
    for (let cell = Math.floor(start); cell < Math.min(end, cells); cell++) {
      visit(pixel, cell, (Math.min(end, cell + 1) - Math.max(start, cell)) / (end - start));
    }
  }
}
