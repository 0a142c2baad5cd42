import type { ImageShape, Lpips } from '@vqforge/runtime';
import { expect, test } from 'vitest';
import { ScoreError } from '@vqforge/score';
import { scoreFrames } from '../src/lpips-scores.ts';
import type { TensorSource } from '../src/tensor-source-files.ts';

/** Says of each image what its first value is, and remembers how many came at once. */
function firstValues(counts: number[]): Lpips {
  const score = async (_: Float32Array, distorted: Float32Array, { count }: ImageShape) => {
    counts.push(count);
    return Float32Array.from({ length: count }, (_, at) => distorted[at * 3] as number);
  };
  const model = { id: 'x', kind: 'lpips', digest: 'ab', provider: 'cpu', path: 'x.onnx' };
  return { score, model, inputType: 'float32' } as unknown as Lpips;
}

/** Frames of one pixel that claim to be larger. */
function source(
  width: number,
  height: number,
  renditions: number,
  frames: number,
  fails = false,
): TensorSource {
  const clip = {
    path: 'clip',
    width,
    height,
    bit_depth: 8,
    chroma: '420',
    range: 'limited',
    matrix: 'bt709',
    frame_rate: null,
  };
  return {
    reference: clip,
    distorted: Array.from({ length: renditions }, () => clip),
    warnings: [],
    frames,
    sets: async function* () {
      for (let index = 0; index < frames; index++) {
        const distorted = Float32Array.from(
          { length: 3 * renditions },
          (_, at) => 100 * index + Math.floor(at / 3),
        );
        yield { index, reference: new Float32Array(3), distorted };
      }
      if (fails) throw new ScoreError('BAD_INPUT', 'the disk is gone');
    },
    close: async () => undefined,
  };
}

test.each([
  // 2^22 pixels: 22 images of 576 × 324, one of which is the reference
  [576, 324, 8, [8]],
  [576, 324, 30, [21, 9]],
  [1920, 1080, 3, [1, 1, 1]],
  [8192, 8192, 2, [1, 1]],
])(
  '%i × %i, %i renditions: as many in one run as memory allows',
  async (width, height, renditions, counts) => {
    const seen: number[] = [];
    const { columns } = await scoreFrames(source(width, height, renditions, 2), firstValues(seen), {});
    expect(seen).toEqual([...counts, ...counts]);
    const answers = [...columns.values()].map((column) => Array.from(column));
    expect(answers).toEqual(Array.from({ length: renditions }, (_, at) => [at, 100 + at]));
  },
);

test('progress is told frame by frame; an interrupt between frames ends it without a result', async () => {
  const told: unknown[] = [];
  const interrupt = new AbortController();
  const scoring = scoreFrames(source(64, 64, 1, 5), firstValues([]), {
    signal: interrupt.signal,
    onProgress: (done, total) => {
      told.push([done, total]);
      if (done === 2) interrupt.abort();
    },
  });
  await expect(scoring).rejects.toMatchObject({ code: 'INTERRUPTED' });
  expect(told).toEqual([
    [1, 5],
    [2, 5],
  ]);
});

test('a failure after frames comes with them; before the first it is all there is', async () => {
  const { frames, failure } = await scoreFrames(source(64, 64, 1, 2, true), firstValues([]), {});
  expect([frames.length, failure?.code]).toEqual([2, 'BAD_INPUT']);
  await expect(scoreFrames(source(64, 64, 1, 0, true), firstValues([]), {})).rejects.toMatchObject({
    code: 'BAD_INPUT',
  });
  await expect(scoreFrames(source(64, 64, 1, 0), firstValues([]), {})).rejects.toMatchObject({
    code: 'NO_FRAMES',
  });
});
