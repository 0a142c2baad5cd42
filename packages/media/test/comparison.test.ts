import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTensorSets, type TensorSetOptions } from '@vqforge/media/node';
import { VideoError } from '@vqforge/media';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openComparison, type ComparisonOptions } from '../src/comparison.ts';
import { frameToTensor } from '../src/frame-to-tensor.ts';
import { openVideo } from '../src/open-video.ts';
import { generator, noise, y4m } from './clips.ts';

const SHAPE = { width: 6, height: 4, chroma: '420', bitDepth: 8 } as const;
const random = generator(4);
/** Luma of every frame is its number. */
const FRAMES = Array.from({ length: 10 }, (_, index) => noise(SHAPE, random).fill(index, 0, 24));
let folder: string;
const path = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vqforge-comparison-'));
  const whole = y4m(SHAPE, FRAMES);
  const wide = { ...SHAPE, bitDepth: 10 } as const;
  const files = {
    'ref.y4m': whole,
    'same.y4m': whole,
    'short.y4m': y4m(SHAPE, FRAMES.slice(0, 7)),
    'cut.y4m': whole.subarray(0, whole.length - 1),
    'size.y4m': y4m({ ...SHAPE, width: 8 }, [new Uint8Array(48)]),
    'chroma.y4m': y4m({ ...SHAPE, chroma: '422' }, [new Uint8Array(48)]),
    'rate.y4m': y4m(SHAPE, FRAMES, 'F30:1 Ip'),
    'nearly.y4m': y4m(SHAPE, FRAMES, 'F25003:1000 Ip'),
    'no-rate.y4m': y4m(SHAPE, FRAMES, 'Ip'),
    'full.y4m': y4m(SHAPE, FRAMES, 'Ip XCOLORRANGE=FULL'),
    'wide.y4m': y4m(
      wide,
      FRAMES.map((frame) => new Uint8Array(Uint16Array.from(frame, (v) => v << 2).buffer)),
    ),
    'raw.yuv': Buffer.concat(FRAMES),
  };
  for (const [name, bytes] of Object.entries(files)) await writeFile(path(name), bytes);
});
afterAll(() => rm(folder, { recursive: true }));

function options(distorted: string, more: Partial<ComparisonOptions> = {}): ComparisonOptions {
  return { reference: path('ref.y4m'), distorted: [path(distorted)], ...more };
}

/** Per set its index and the first luma of the reference and of the first rendition. */
async function lumas(compared: ComparisonOptions): Promise<number[][]> {
  const comparison = await openComparison(compared);
  try {
    const seen = [];
    for (let set = await comparison.read(); set !== null; set = await comparison.read())
      seen.push([set.index, set.reference.data[0] as number, set.distorted[0]?.data[0] as number]);
    return seen;
  } finally {
    await comparison.close();
  }
}

describe('openComparison', () => {
  test('frames of one moment together', async () => {
    expect(await lumas(options('same.y4m'))).toEqual(FRAMES.map((_, index) => [index, index, index]));
  });

  test('subsample, frame count and skips mean what they mean to libvmaf', async () => {
    expect(await lumas(options('same.y4m', { subsample: 4 }))).toEqual([0, 4, 8].map((at) => [at, at, at]));
    expect(await lumas(options('same.y4m', { frameCount: 3 }))).toEqual([0, 1, 2].map((at) => [at, at, at]));
    expect(await lumas(options('same.y4m', { frameCount: 5, subsample: 2 }))).toEqual(
      [0, 2, 4].map((at) => [at, at, at]),
    );
    expect(await lumas(options('short.y4m', { skipReference: 3 }))).toEqual(
      [0, 1, 2, 3, 4, 5, 6].map((at) => [at, at + 3, at]),
    );
    expect(await lumas(options('same.y4m', { skipReference: 8, skipDistorted: 8 }))).toEqual([
      [0, 8, 8],
      [1, 9, 9],
    ]);
    // a count beyond any clip is not an error by itself
    expect(await lumas(options('same.y4m', { frameCount: 1_000_000 }))).toHaveLength(10);
    expect(await lumas(options('short.y4m', { frameCount: 7 }))).toHaveLength(7);
  });

  test('clips of which one ends first, or ends inside a frame', async () => {
    const unequal = { code: 'UNEQUAL_LENGTH', goodFrames: 7 };
    await expect(lumas(options('short.y4m'))).rejects.toMatchObject(unequal);
    await expect(lumas({ reference: path('short.y4m'), distorted: [path('ref.y4m')] })).rejects.toMatchObject(
      unequal,
    );
    await expect(lumas(options('short.y4m', { frameCount: 1_000_000 }))).rejects.toMatchObject(unequal);
    await expect(lumas(options('cut.y4m'))).rejects.toMatchObject({ code: 'TRUNCATED', goodFrames: 9 });
    await expect(lumas(options('cut.y4m', { skipDistorted: 2 }))).rejects.toMatchObject({ goodFrames: 7 });
    await expect(lumas(options('same.y4m', { skipDistorted: 10 }))).rejects.toMatchObject({ goodFrames: 0 });
    await expect(lumas(options('same.y4m', { skipReference: 11 }))).rejects.toMatchObject({
      code: 'NO_FRAMES',
    });
  });

  test('clips that cannot be compared', async () => {
    for (const name of ['size.y4m', 'chroma.y4m', 'rate.y4m'])
      await expect(lumas(options(name))).rejects.toMatchObject({ code: 'MISMATCH' });
  });

  test('rates that are one, or unknown; other bit depths', async () => {
    for (const name of ['nearly.y4m', 'no-rate.y4m', 'wide.y4m'])
      expect(await lumas(options(name))).toHaveLength(10);
  });

  test('raw planar YUV, with Y4M or without', async () => {
    const raw = options('raw.yuv', { raw: SHAPE, reference: path('raw.yuv') });
    expect(await lumas(raw)).toHaveLength(10);
    expect(await lumas(options('raw.yuv', { raw: SHAPE }))).toHaveLength(10);
  });

  test.each([
    { distorted: [] },
    { reference: '-', distorted: ['-'] },
    { subsample: 0 },
    { subsample: 1.5 },
    { frameCount: 0 },
    { skipReference: -1 },
    { skipDistorted: Number.NaN },
  ])('refuses %j', async (change) => {
    await expect(lumas(options('same.y4m', change))).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });
});

describe('openTensorSets', () => {
  /** The first value of each tensor; the tensors themselves do not outlive their turn. */
  async function tensors(
    opened: TensorSetOptions,
  ): Promise<{ index: number; reference: number[]; distorted: number[] }[]> {
    const clips = await openTensorSets(opened);
    const seen = [];
    for await (const { index, reference, distorted } of clips.sets())
      seen.push({ index, reference: [...reference], distorted: [...distorted] });
    return seen;
  }

  test('equals frameToTensor on each clip, whatever is read ahead', async () => {
    const names = ['same.y4m', 'full.y4m', 'wide.y4m'];
    for (const ahead of [1, 5]) {
      const sets = await tensors({ reference: path('ref.y4m'), distorted: names.map(path), ahead });
      expect(sets.map(({ index }) => index)).toEqual(FRAMES.map((_, index) => index));
      const readers = await Promise.all(['ref.y4m', ...names].map((name) => openVideo({ path: path(name) })));
      for (const { reference, distorted } of sets) {
        const expected = [];
        for (const reader of readers) expected.push(frameToTensor((await reader.read())!));
        expect(reference).toEqual([...expected[0]!]);
        expect(distorted).toEqual(expected.slice(1).flatMap((tensor) => [...tensor]));
      }
      await Promise.all(readers.map((reader) => reader.close()));
    }
  });

  test('says what the clips are and how their colours are converted', async () => {
    const clips = await openTensorSets({
      reference: path('ref.y4m'),
      distorted: [path('full.y4m')],
      colour: { matrix: 'bt601' },
    });
    expect(clips.reference).toEqual({
      name: path('ref.y4m'),
      container: 'y4m',
      format: { ...SHAPE, frameRate: { numerator: 25, denominator: 1 }, range: null },
      colour: { matrix: 'bt601', range: 'limited', compat: 'none' },
      unhonoured: [],
      decoded: null,
      scaled: null,
    });
    expect(clips.distorted[0]?.colour).toEqual({ matrix: 'bt601', range: 'full', compat: 'none' });
    await clips.close();
  });

  test('a failure comes after the sets that were good', async () => {
    const clips = await openTensorSets({ ...options('cut.y4m'), ahead: 4 });
    let good = 0;
    const reading = (async () => {
      for await (const set of clips.sets()) expect(set.index).toBe(good++);
    })();
    const error: unknown = await reading.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(VideoError);
    expect(error).toMatchObject({ code: 'TRUNCATED', goodFrames: 9 });
    expect(good).toBe(9);
  });

  test('what is wrong from the start is told at once', async () => {
    const codes = { 'none.y4m': 'UNREADABLE', 'size.y4m': 'MISMATCH' };
    for (const [name, code] of Object.entries(codes))
      await expect(openTensorSets(options(name))).rejects.toMatchObject({ code });
    await expect(openTensorSets({ ...options('same.y4m'), ahead: 0 })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
    });
    const colour = { compat: 'fork', matrix: 'bt709' } as const;
    await expect(openTensorSets({ ...options('same.y4m'), colour })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
    });
  });

  test('may be left early, or closed unread', async () => {
    const clips = await openTensorSets(options('same.y4m'));
    for await (const { index } of clips.sets()) if (index === 2) break;
    await expect(clips.close()).resolves.toBeUndefined();
    const unread = await openTensorSets(options('same.y4m'));
    await unread.close();
    await expect(unread.close()).resolves.toBeUndefined();
  });

  test('the memory of a set goes back when the next is asked for', async () => {
    const clips = await openTensorSets(options('same.y4m'));
    const before: Float32Array[] = [];
    const lengths = [];
    for await (const { reference } of clips.sets()) {
      lengths.push(before.at(-1)?.length);
      before.push(reference);
    }
    expect(lengths).toEqual([undefined, ...FRAMES.slice(1).map(() => 0)]);
  });
});
