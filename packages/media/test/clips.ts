import type { BitDepth, Chroma, Frame, FrameChroma, FrameFormat } from '../src/frame.ts';

/** A small generator for tests: mulberry32, by Tommy Ettinger. */
export function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function integer(random: () => number, least: number, most: number): number {
  return least + Math.floor(random() * (most - least + 1));
}

export function pick<T>(random: () => number, values: readonly T[]): T {
  return values[integer(random, 0, values.length - 1)] as T;
}

/** Formats that tests draw: those of Y4M and raw YUV by default. */
interface Shape<C extends FrameChroma = Chroma> extends Pick<FrameFormat, 'width' | 'height' | 'bitDepth'> {
  readonly chroma: C;
}

export function frameBytes({ width, height, chroma, bitDepth }: Shape<Exclude<FrameChroma, 'rgb'>>): number {
  const [halves, quarters] = [Math.ceil(width / 2), Math.ceil(width / 4)];
  const columns = { 400: 0, 410: quarters, 411: quarters, 420: halves, 422: halves, 440: width, 444: width };
  const rows = { 410: 4, 420: 2, 440: 2 }[chroma as string] ?? 1;
  return (width * height + 2 * columns[chroma] * Math.ceil(height / rows)) * (bitDepth === 8 ? 1 : 2);
}

/** Noise over all codes of the bit depth. */
export function noise(shape: Shape<Exclude<FrameChroma, 'rgb'>>, random: () => number): Uint8Array {
  const data = new Uint8Array(frameBytes(shape));
  if (shape.bitDepth === 8) return data.map(() => integer(random, 0, 255));
  new Uint16Array(data.buffer).forEach((_, at, samples) => {
    samples[at] = integer(random, 0, 2 ** shape.bitDepth - 1);
  });
  return data;
}

export function frameOf(
  shape: Shape<FrameChroma>,
  data: Uint8Array,
  range: FrameFormat['range'] = null,
): Frame {
  return { index: 0, format: { ...shape, frameRate: null, range }, data };
}

const MONO: Partial<Record<Chroma, string>> = { '400': 'mono' };

function chromaTag(chroma: Chroma, bitDepth: BitDepth): string {
  if (MONO[chroma] !== undefined) return bitDepth === 8 ? 'mono' : `mono${bitDepth}`;
  return bitDepth === 8 ? chroma : `${chroma}p${bitDepth}`;
}

export function y4m(shape: Shape, frames: readonly Uint8Array[], tags = 'F25:1 Ip'): Uint8Array {
  const header = `YUV4MPEG2 W${shape.width} H${shape.height} ${tags} C${chromaTag(shape.chroma, shape.bitDepth)}\n`;
  return Buffer.concat([Buffer.from(header), ...frames.flatMap((frame) => [Buffer.from('FRAME\n'), frame])]);
}

/** The bytes in chunks of random lengths, empty ones among them. */
export async function* inChunks(
  bytes: Uint8Array,
  random: () => number,
  longest = 40,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length;) {
    const length = integer(random, 0, longest);
    yield bytes.subarray(at, at + length);
    at += length;
  }
}

export async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}
