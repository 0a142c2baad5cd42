// The clips of the oracles, by formula. All arithmetic is on integers, modulo 2^32 where that matters.

export interface ClipFormat {
  readonly kind: string;
  readonly width: number;
  readonly height: number;
  readonly bitDepth: number;
}

export type Samples = Uint8Array | Uint16Array;

export interface Pair {
  readonly reference: Samples;
  readonly distorted: Samples;
}

type Pixel = (x: number, y: number) => readonly [reference: number, distorted: number];

/** Samples for pictures of this depth, zeros. */
export function emptyPlane({ width, height, bitDepth }: Omit<ClipFormat, 'kind'>): Samples {
  return bitDepth === 8 ? new Uint8Array(width * height) : new Uint16Array(width * height);
}

function fill(format: ClipFormat, pixel: Pixel): Pair {
  const [reference, distorted] = [emptyPlane(format), emptyPlane(format)];
  for (let y = 0, i = 0; y < format.height; y++)
    for (let x = 0; x < format.width; x++, i++) {
      const [ref, dist] = pixel(x, y);
      reference[i] = ref;
      distorted[i] = dist;
    }
  return { reference, distorted };
}

/** Frame f of a clip of fixtures/adm. */
export function admClip(format: ClipFormat, f: number): Pair {
  const { kind, width, height, bitDepth } = format;
  const white = 2 ** bitDepth - 1;
  let state = 1000 + f;
  const next = (): number => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return state >>> 8;
  };
  const clamp = (value: number): number => Math.min(Math.max(value, 0), white);
  const kinds = new Map<string, Pixel>([
    [
      'pattern',
      (x, y) => {
        const ref = ((x * x + 3 * y * y + 7 * x * y + 11 * f * x) >> 3) % (white + 1);
        return [ref, Math.min(white, ((ref >> (bitDepth - 5)) << (bitDepth - 5)) + 2 ** (bitDepth - 6))];
      },
    ],
    [
      'noisy',
      (x, y) => {
        const ref = Math.floor(((x + 2 * y + 5 * f) * (white + 1)) / (width + 2 * height + 15));
        return [ref, clamp(ref + ((next() % 17) - 8) * 2 ** (bitDepth - 8))];
      },
    ],
    ['noise', () => [next() % (white + 1), next() % (white + 1)]],
    [
      'identical',
      (x, y) => {
        const value = ((13 * x + 7 * y + 5 * f) ^ (x * y)) & white;
        return [value, value];
      },
    ],
    ['flat', () => [white >> 1, white >> 1]],
    ['checker', (x, y) => [((x + y + f) & 1) * white, ((x + y + f + 1) & 1) * white]],
    [
      'impulse',
      (x, y) => [x % 17 === 8 && y % 13 === 6 ? white : 0, x % 17 === 9 && y % 13 === 6 ? white : 0],
    ],
    [
      'binenh',
      () => {
        const ref = (next() % (white + 1)) >> 2;
        return [ref, Math.min(white, 3 * ref)];
      },
    ],
    ['blackwhite', () => [0, white]],
  ]);
  return fill(format, known(kinds, kind));
}

function known(kinds: Map<string, Pixel>, kind: string): Pixel {
  const pixel = kinds.get(kind);
  if (pixel === undefined) throw new Error(`clip of kind ${kind} has no formula`);
  return pixel;
}

function hash(x: number, y: number, f: number, s: number): number {
  let h =
    (Math.imul(x, 0x9e3779b1) +
      Math.imul(y, 0x85ebca77) +
      Math.imul(f, 0xc2b2ae3d) +
      Math.imul(s, 0x27d4eb2f)) >>>
    0;
  h ^= h >>> 15;
  h = Math.imul(h, 0x2c1b3c6d);
  h ^= h >>> 12;
  h = Math.imul(h, 0x297a2d39);
  return (h ^ (h >>> 15)) >>> 0;
}

/** Frame f of a clip of fixtures/vif_motion or fixtures/motion_v3.1.json. */
export function vifClip(format: ClipFormat, f: number): Pair {
  const { kind, bitDepth } = format;
  const white = 2 ** bitDepth - 1;
  const up = bitDepth - 8;
  const clamp = (value: number): number => Math.min(Math.max(value, 0), white);
  const texture = (x: number, y: number): number =>
    ((3 * x + 2 * y + 5 * f) & 127) + 64 * (((x >> 3) + (y >> 3) + f) & 1) + (hash(x, y, f, 1) & 31);
  const finer = (core: number, x: number, y: number, s: number): number =>
    up === 0 ? core : (core << up) | (hash(x, y, f, s) & (2 ** up - 1));
  const kinds = new Map<string, Pixel>([
    [
      'texture',
      (x, y) => {
        const soft = ((7 * texture(x, y) + texture(x + 1, y)) >> 3) + (hash(x, y, f, 2) & 15) - 8;
        return [finer(texture(x, y), x, y, 3), finer(Math.min(Math.max(soft, 0), 255), x, y, 4)];
      },
    ],
    ['noise', (x, y) => [hash(x, y, f, 5) & white, hash(x, y, f, 6) & white]],
    ['extremes', (x, y) => [(hash(x, y, f, 7) & 1) * white, (hash(x, y, f, 8) & 1) * white]],
    ['flat', () => [100 << up, 103 << up]],
    ['white', () => [white, white]],
    [
      'enhance',
      (x, y) => {
        const n = hash(x, y, f, 9) & (4 * 2 ** up - 1);
        return [(118 << up) + n, clamp((118 << up) + 60 * (n - (2 << up)))];
      },
    ],
    [
      'blocks',
      (x, y) => {
        const light = (((x >> 4) ^ (y >> 4)) + f) & 1;
        return [light * white, clamp((light ? white - (20 << up) : 10 << up) + (hash(x, y, f, 12) & 7))];
      },
    ],
  ]);
  return fill(format, known(kinds, kind));
}
