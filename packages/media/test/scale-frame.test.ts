import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { hasFfmpeg } from '../../../testing/ffmpeg.ts';
import type { BitDepth, FrameChroma } from '../src/frame.ts';
import { samplesOf } from '../src/luma.ts';
import { FrameScaler, scaledSource } from '../src/scale-frame.ts';
import { openStream } from '../src/open-stream.ts';
import { frameOf, generator, noise } from './clips.ts';

/** One sample as it is defined: sixteen by integer weights in whole numbers of any size, rounded once. */
function sampleAt(
  samples: ArrayLike<number>,
  [width, height]: readonly [number, number],
  [toWidth, toHeight]: readonly [number, number],
  [x, y]: readonly [number, number],
  highest: number,
): number {
  const weights = (place: number): [number, bigint][] => {
    const first = Math.floor(place) - 1;
    const taps = [0, 1, 2, 3].map((tap): [number, number] => {
      const d = Math.abs(place - first - tap);
      const weight =
        d < 1 ? (2 - 0.6) * d ** 3 + (0.6 - 3) * d ** 2 + 1 : -0.6 * (d ** 3 - 5 * d ** 2 + 8 * d - 4);
      return [first + tap, d >= 2 ? 0 : Math.round(16384 * weight)];
    });
    const near = taps[1 + Math.round(place - Math.floor(place))]!;
    near[1] += 16384 - taps.reduce((sum, [, weight]) => sum + weight, 0);
    return taps.map(([at, weight]) => [at, BigInt(weight)]);
  };
  const within = (at: number, count: number): number => Math.max(0, Math.min(count - 1, at));
  let sum = 0n;
  for (const [row, down] of weights(((y + 0.5) * height) / toHeight - 0.5))
    for (const [column, across] of weights(((x + 0.5) * width) / toWidth - 0.5))
      sum += down * across * BigInt(samples[within(row, height) * width + within(column, width)]!);
  // floor(sum / 2²⁸ + ½)
  const code = Number((sum + (1n << 27n)) >> 28n);
  return Math.max(0, Math.min(highest, code));
}

describe('a scaled frame', () => {
  test.each<[FrameChroma, BitDepth, number, number]>([
    ['400', 8, 7, 5],
    ['444', 8, 16, 9],
    ['444', 10, 5, 11],
    ['420', 8, 6, 4],
    ['420', 16, 9, 7],
    ['422', 12, 8, 3],
  ])('of %s and %i bits is what its definition says, to the last bit', (chroma, bitDepth, width, height) => {
    const shape = { chroma: chroma as '420', bitDepth, width, height };
    const [toWidth, toHeight] = [23, 14];
    const frame = frameOf(shape, noise(shape, generator(width)));
    const scaled = new FrameScaler(frame.format, { width: toWidth, height: toHeight }).scale(frame);
    const [from, to] = [frame, scaled].map(({ data }) => samplesOf(data, bitDepth));
    let [a, b] = [0, 0];
    const halves = chroma === '420' ? [2, 2] : chroma === '422' ? [2, 1] : [1, 1];
    for (let plane = 0; plane < (chroma === '400' ? 1 : 3); plane++) {
      const sides = ([w, h]: readonly [number, number]): [number, number] =>
        plane === 0 ? [w, h] : [Math.ceil(w / halves[0]!), Math.ceil(h / halves[1]!)];
      const [source, target] = [sides([width, height]), sides([toWidth, toHeight])];
      const samples = from!.subarray(a, a + source[0] * source[1]);
      const expected = Array.from({ length: target[0] * target[1] }, (_, at) =>
        sampleAt(samples, source, target, [at % target[0], Math.floor(at / target[0])], 2 ** bitDepth - 1),
      );
      expect(Array.from(to!.subarray(b, b + expected.length))).toEqual(expected);
      a += samples.length;
      b += expected.length;
    }
    expect(b).toBe(to!.length);
  });

  test('of RGB scales each channel, of luma alone is the luma of the whole one', () => {
    const grey = { chroma: '400', bitDepth: 8, width: 6, height: 5 } as const;
    const plane = noise(grey, generator(1));
    const size = { width: 13, height: 8 };
    const expected = new FrameScaler(frameOf(grey, plane).format, size).scale(frameOf(grey, plane)).data;
    const rgb = frameOf(
      { ...grey, chroma: 'rgb' },
      Uint8Array.from(Array.from(plane).flatMap((code) => [code, 0, 255])),
    );
    const scaled = new FrameScaler(rgb.format, size).scale(rgb).data;
    expect(Array.from(scaled)).toEqual(Array.from(expected).flatMap((code) => [code, 0, 255]));
    const whole = { ...grey, chroma: '420' } as const;
    const frame = frameOf(whole, noise(whole, generator(2)));
    const scaler = new FrameScaler(frame.format, size);
    const luma = scaler.scale({ ...frame, data: frame.data.subarray(0, 30) }).data;
    expect(luma).toEqual(scaler.scale(frame).data.subarray(0, 13 * 8));
  });

  test.skipIf(!hasFfmpeg)('is that of libswscale with the same parameters but for its rounding', async () => {
    const ffmpeg = (input: Buffer | undefined, ...args: string[]): Buffer =>
      execFileSync('ffmpeg', ['-v', 'error', ...args, '-f', 'yuv4mpegpipe', '-'], { input: input ?? '' });
    const small = ffmpeg(
      undefined,
      ...'-f lavfi -i testsrc2=size=160x90 -frames:v 2 -pix_fmt yuv420p'.split(' '),
    );
    const large = ffmpeg(
      small,
      ...'-f yuv4mpegpipe -i - -vf scale=320:180:flags=bicubic+accurate_rnd+bitexact'.split(' '),
    );
    const open = (bytes: Buffer): ReturnType<typeof openStream> =>
      openStream({
        stream: (async function* () {
          yield bytes;
        })(),
      });
    const ours = scaledSource(await open(small), { width: 320, height: 180 });
    expect(ours.scaled).toEqual({
      width: 160,
      height: 90,
      filter: 'bicubic, B 0, C 0.6, weights of 14 bits',
      by: 'vqforge',
    });
    const theirs = await open(large);
    const apart: number[] = [];
    for (;;) {
      const [a, b] = [await ours.read(), await theirs.read()];
      if (a === null || b === null) break;
      apart.push(...Array.from(a.data, (code, at) => Math.abs(code - b.data[at]!)));
    }
    expect(apart).toHaveLength(2 * 320 * 180 * 1.5);
    // libswscale rounds and clips between rows and columns too: most of all at the pattern's hard edges
    expect(apart.filter((codes) => codes > 0).length / apart.length).toBeLessThan(0.01);
    expect(apart.reduce((most, codes) => Math.max(most, codes))).toBeLessThanOrEqual(8);
  });
});
