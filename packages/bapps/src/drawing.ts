import type { RandomStream } from '@vqforge/base';
import { PATCH_SIDE } from './layout.ts';

const VALUES = 3 * PATCH_SIDE * PATCH_SIDE;

/**
 * A picture of the miniature dataset: a slope of colour, a few discs, boxes and stripes, and grain. Integer arithmetic
 * throughout, so that it is the same on every machine.
 *
 * @returns interleaved RGB bytes [64, 64, 3]
 */
export function drawPicture(random: RandomStream): Uint8Array {
  const [from, to] = [colour(random), colour(random)];
  const picture = new Uint8Array(VALUES);
  const [alongX, alongY] = [random.below(3), random.below(3)];
  paint(picture, (x, y, channel) => {
    const place = (alongX * x + alongY * y) / (4 * PATCH_SIDE);
    return mix(from[channel] as number, to[channel] as number, place);
  });
  for (let shapes = 3 + random.below(4); shapes > 0; shapes--) drawShape(picture, random);
  const grain = 1 + random.below(12);
  for (let at = 0; at < VALUES; at++)
    picture[at] = clamp((picture[at] as number) + random.below(grain) - (grain >> 1));
  return picture;
}

function drawShape(picture: Uint8Array, random: RandomStream): void {
  const [centreX, centreY] = [random.below(PATCH_SIDE), random.below(PATCH_SIDE)];
  const size = 4 + random.below(16);
  const period = 2 + random.below(5);
  const fill = colour(random);
  const covers = [
    (x: number, y: number): boolean => x * x + y * y < size * size,
    (x: number, y: number): boolean => Math.abs(x) < size && 2 * Math.abs(y) < size,
    (x: number, y: number): boolean =>
      Math.abs(x) < size && Math.abs(y) < size && (x + y + 256) % (2 * period) < period,
  ][random.below(3)] as (x: number, y: number) => boolean;
  paint(picture, (x, y, channel, before) =>
    covers(x - centreX, y - centreY) ? (fill[channel] as number) : before,
  );
}

/** A change of a picture, with a strength from 1 to 16; `random` gives the grain of noise. */
type Distortion = (picture: Uint8Array, strength: number, random: RandomStream) => Uint8Array;

export type DistortionKind = 'noise' | 'blur' | 'blocks' | 'checker' | 'tint' | 'brighten' | 'shift';

/** Each distortion, with how much one step of its strength disturbs: the judgements of the mini dataset follow from it. */
export const DISTORTIONS: Readonly<
  Record<DistortionKind, { readonly weight: number; readonly apply: Distortion }>
> = {
  noise: { weight: 6, apply: noise },
  blur: { weight: 10, apply: blur },
  blocks: { weight: 11, apply: blocks },
  checker: { weight: 5, apply: checker },
  tint: { weight: 4, apply: tint },
  brighten: { weight: 2, apply: brighten },
  shift: { weight: 2, apply: shift },
};

function noise(picture: Uint8Array, strength: number, random: RandomStream): Uint8Array {
  return picture.map((value) => clamp(value + random.below(6 * strength + 1) - 3 * strength));
}

function blur(picture: Uint8Array, strength: number): Uint8Array {
  return painted((x, y, channel) => {
    let sum = 0;
    for (let dy = -2; dy <= 2; dy++)
      for (let dx = -2; dx <= 2; dx++) sum += valueAt(picture, x + dx, y + dy, channel);
    return mix(valueAt(picture, x, y, channel), sum / 25, strength / 16);
  });
}

function blocks(picture: Uint8Array, strength: number): Uint8Array {
  const sums = new Uint32Array(3 * 64);
  const placeOf = (x: number, y: number, channel: number): number => 3 * (8 * (y >> 3) + (x >> 3)) + channel;
  paint(picture.slice(), (x, y, channel, before) => {
    const place = placeOf(x, y, channel);
    sums[place] = (sums[place] as number) + before;
    return before;
  });
  return painted((x, y, channel) =>
    mix(valueAt(picture, x, y, channel), (sums[placeOf(x, y, channel)] as number) / 64, strength / 16),
  );
}

function checker(picture: Uint8Array, strength: number): Uint8Array {
  return painted(
    (x, y, channel) => valueAt(picture, x, y, channel) + 2 * strength * ((x + y) % 2 === 0 ? 1 : -1),
  );
}

function tint(picture: Uint8Array, strength: number): Uint8Array {
  return painted((x, y, channel) => valueAt(picture, x, y, channel) + 3 * strength * (1 - channel));
}

function brighten(picture: Uint8Array, strength: number): Uint8Array {
  return painted((x, y, channel) => valueAt(picture, x, y, channel) + 2 * strength);
}

/** The picture moved to the left by 1 to 4 pixels. */
function shift(picture: Uint8Array, strength: number): Uint8Array {
  return painted((x, y, channel) => valueAt(picture, x + Math.ceil(strength / 4), y, channel));
}

type Brush = (x: number, y: number, channel: number, before: number) => number;

function painted(brush: Brush): Uint8Array {
  const picture = new Uint8Array(VALUES);
  paint(picture, brush);
  return picture;
}

function paint(picture: Uint8Array, brush: Brush): void {
  let at = 0;
  for (let y = 0; y < PATCH_SIDE; y++) {
    for (let x = 0; x < PATCH_SIDE; x++) {
      for (let channel = 0; channel < 3; channel++, at++)
        picture[at] = clamp(brush(x, y, channel, picture[at] as number));
    }
  }
}

/** The picture goes on at its edges. */
function valueAt(picture: Uint8Array, x: number, y: number, channel: number): number {
  const inside = (place: number): number => Math.min(Math.max(place, 0), PATCH_SIDE - 1);
  return picture[3 * (inside(y) * PATCH_SIDE + inside(x)) + channel] as number;
}

function colour(random: RandomStream): number[] {
  return [random.below(256), random.below(256), random.below(256)];
}

function mix(from: number, to: number, part: number): number {
  return from + (to - from) * part;
}

function clamp(value: number): number {
  return Math.min(Math.max(Math.floor(value), 0), 255);
}
