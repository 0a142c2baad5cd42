// Integer motion as it is defined, one sample after the other.
import { mirror, mirrorRepeatingLast, roundShift } from './integers.ts';

const TAPS = [3571, 16004, 26386, 16004, 3571];

export interface Size {
  readonly width: number;
  readonly height: number;
  readonly bitDepth: number;
}

/** Σ |blur(previous − current)|, libvmaf 3.2. */
export function motionSad(previous: ArrayLike<number>, current: ArrayLike<number>, size: Size): number {
  const difference = Float64Array.from(previous, (sample, i) => sample - current[i]!);
  return blur(difference, size, mirror).reduce((sum, value) => sum + Math.abs(value), 0);
}

/** Σ |blur(previous) − blur(current)|, libvmaf before 3.2.0. */
export function olderMotionSad(previous: ArrayLike<number>, current: ArrayLike<number>, size: Size): number {
  const before = blur(previous, size, mirrorRepeatingLast);
  const now = blur(current, size, mirrorRepeatingLast);
  return before.reduce((sum, value, i) => sum + Math.abs(value - now[i]!), 0);
}

function blur(
  image: ArrayLike<number>,
  { width, height, bitDepth }: Size,
  border: (i: number, n: number) => number,
): Float64Array {
  const out = new Float64Array(width * height);
  for (let y = 0; y < height; y++) {
    const column = (x: number): number =>
      roundShift(
        weigh((k) => image[border(y + k, height) * width + x]!),
        bitDepth,
      );
    const row = Float64Array.from({ length: width }, (_, x) => column(x));
    for (let x = 0; x < width; x++)
      out[y * width + x] = roundShift(
        weigh((k) => row[border(x + k, width)]!),
        16,
      );
  }
  return out;
}

/** Σ taps[k]·at(k), k from −2 to 2. */
function weigh(at: (k: number) => number): number {
  return TAPS.reduce((sum, tap, k) => sum + tap * at(k - 2), 0);
}
