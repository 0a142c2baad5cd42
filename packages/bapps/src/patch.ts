import { PATCH_SIDE } from './layout.ts';

/**
 * How a picture of the dataset becomes a patch of 64 × 64. BAPPS stores each patch as a blow-up: every pixel as a block
 * of 4 × 4. `bilinear` is what upstream does (Pillow's antialiased resize, which smears neighbouring blocks a little
 * into each other), `decimate` takes the patch back exactly.
 */
export type Resize = 'bilinear' | 'decimate';

/** Side of a stored picture: a patch blown up four times. */
const BLOCK = 4;

/**
 * The 64 × 64 patch of a square picture. A picture of 64 × 64 is one already. Decimation falls back to bilinear where
 * the picture is no blow-up of 64 × 64: a few of BAPPS have a side of 252.
 *
 * @param rgb interleaved bytes [side, side, 3]
 * @returns interleaved bytes [64, 64, 3]
 */
export function toPatch(rgb: Uint8Array, side: number, resize: Resize): Uint8Array {
  if (side === PATCH_SIDE) return rgb;
  if (!isBlowUp(rgb, side)) return resizeBilinear(rgb, side, triangleTaps(side));
  const patch = decimate(rgb, side);
  return resize === 'decimate' ? patch : resizeBilinear(patch, PATCH_SIDE, BLOCK_TAPS);
}

function isBlowUp(rgb: Uint8Array, side: number): boolean {
  if (side !== BLOCK * PATCH_SIDE) return false;
  const lines = Buffer.from(rgb.buffer, rgb.byteOffset, rgb.byteLength);
  const length = 3 * side;
  for (let y = 0; y < side; y += BLOCK) {
    const start = y * length;
    for (let line = 1; line < BLOCK; line++) {
      const other = start + line * length;
      if (lines.compare(lines, other, other + length, start, start + length) !== 0) return false;
    }
    for (let block = start; block < start + length; block += 3 * BLOCK) {
      // each pixel but the first against the one before it
      for (let at = block + 3; at < block + 3 * BLOCK; at++) if (rgb[at] !== rgb[at - 3]) return false;
    }
  }
  return true;
}

function decimate(rgb: Uint8Array, side: number): Uint8Array {
  const patch = new Uint8Array(3 * PATCH_SIDE * PATCH_SIDE);
  for (let y = 0; y < PATCH_SIDE; y++) {
    for (let x = 0; x < PATCH_SIDE; x++) {
      const from = 3 * BLOCK * (y * side + x);
      const to = 3 * (y * PATCH_SIDE + x);
      for (let channel = 0; channel < 3; channel++) patch[to + channel] = rgb[from + channel] as number;
    }
  }
  return patch;
}

/**
 * Pillow's `Image.resize((64, 64), BILINEAR)`, which torchvision's `Resize(64)` calls for a square picture, to the bit:
 * a triangle filter as wide as the reduction, rows first, rounded to bytes in between, in fixed-point arithmetic.
 *
 * @see https://github.com/python-pillow/Pillow/blob/12.0.0/src/libImaging/Resample.c
 */
function resizeBilinear(rgb: Uint8Array, side: number, taps: Taps): Uint8Array {
  const rows = resample(
    rgb,
    { lines: side, lineStep: 3 * side, pixelStep: 3, outLineStep: 3 * PATCH_SIDE, outPixelStep: 3 },
    taps,
  );
  return resample(
    rows,
    {
      lines: PATCH_SIDE,
      lineStep: 3,
      pixelStep: 3 * PATCH_SIDE,
      outLineStep: 3,
      outPixelStep: 3 * PATCH_SIDE,
    },
    taps,
  );
}

/** Bits behind the point of a weight: 32, less 8 of the pixel and 2 of head room (`PRECISION_BITS`). */
const PRECISION = 22;

interface Taps {
  /** First source pixel of each target pixel. */
  readonly first: Int32Array;
  readonly count: Int32Array;
  /** Weights of each target pixel, `stride` apart. */
  readonly weights: Int32Array;
  readonly stride: number;
}

const tapsOfSide = new Map<number, Taps>();

/** `precompute_coeffs` and `normalize_coeffs_8bpc` for the triangle filter of support 1. */
function triangleTaps(from: number): Taps {
  const known = tapsOfSide.get(from);
  if (known !== undefined) return known;
  const to = PATCH_SIDE;
  const scale = from / to;
  const filterScale = Math.max(scale, 1);
  const stride = 2 * Math.ceil(filterScale) + 1;
  const first = new Int32Array(to);
  const count = new Int32Array(to);
  const weights = new Int32Array(to * stride);
  for (let target = 0; target < to; target++) {
    const centre = (target + 0.5) * scale;
    const start = Math.max(Math.trunc(centre - filterScale + 0.5), 0);
    const end = Math.min(Math.trunc(centre + filterScale + 0.5), from);
    const raw = Array.from({ length: end - start }, (_, tap) =>
      Math.max(0, 1 - Math.abs((tap + start - centre + 0.5) * (1 / filterScale))),
    );
    const sum = raw.reduce((total, weight) => total + weight, 0);
    first[target] = start;
    count[target] = end - start;
    raw.forEach((weight, tap) => {
      weights[target * stride + tap] = Math.trunc(0.5 + (weight / sum) * 2 ** PRECISION);
    });
  }
  const taps = { first, count, weights, stride };
  tapsOfSide.set(from, taps);
  return taps;
}

/**
 * The taps of a blow-up, on the patch it is of: the pixels of a block are equal, so their weights add up. The result is
 * the same to the bit, from a tenth of the products.
 */
const BLOCK_TAPS: Taps = tapsOfBlocks(triangleTaps(BLOCK * PATCH_SIDE));

function tapsOfBlocks({ first, count, weights, stride }: Taps): Taps {
  const block = (pixel: number): number => Math.floor(pixel / BLOCK);
  const joined = new Int32Array(PATCH_SIDE * stride);
  for (let target = 0; target < PATCH_SIDE; target++) {
    const start = first[target] as number;
    for (let tap = 0; tap < (count[target] as number); tap++) {
      const at = target * stride + block(start + tap) - block(start);
      joined[at] = (joined[at] as number) + (weights[target * stride + tap] as number);
    }
  }
  return {
    first: first.map(block),
    count: count.map((taps, target) => {
      const start = first[target] as number;
      return block(start + taps - 1) - block(start) + 1;
    }),
    weights: joined,
    stride,
  };
}

interface Walk {
  readonly lines: number;
  readonly lineStep: number;
  readonly pixelStep: number;
  readonly outLineStep: number;
  readonly outPixelStep: number;
}

/** One direction: each line of `rgb` to 64 pixels. */
function resample(rgb: Uint8Array, walk: Walk, { first, count, weights, stride }: Taps): Uint8Array {
  const out = new Uint8Array(3 * PATCH_SIDE * walk.lines);
  for (let line = 0; line < walk.lines; line++) {
    for (let target = 0; target < PATCH_SIDE; target++) {
      const taps = count[target] as number;
      let from = line * walk.lineStep + (first[target] as number) * walk.pixelStep;
      let [red, green, blue] = [2 ** (PRECISION - 1), 2 ** (PRECISION - 1), 2 ** (PRECISION - 1)];
      for (let tap = 0; tap < taps; tap++) {
        const weight = weights[target * stride + tap] as number;
        red += weight * (rgb[from] as number);
        green += weight * (rgb[from + 1] as number);
        blue += weight * (rgb[from + 2] as number);
        from += walk.pixelStep;
      }
      // weights are not negative and sum to one: nothing is left to clip but the last bit's rounding
      const to = line * walk.outLineStep + target * walk.outPixelStep;
      out[to] = Math.min(red >> PRECISION, 255);
      out[to + 1] = Math.min(green >> PRECISION, 255);
      out[to + 2] = Math.min(blue >> PRECISION, 255);
    }
  }
  return out;
}
