import { imageToTensor } from '@vqforge/media';
import { heatMap, Lpips, maskedScore } from '@vqforge/runtime';
import { openLpips, openModel } from '@vqforge/runtime/node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  codeOf,
  largestDifference,
  lpipsRegistry,
  noise,
  regressorRegistry,
  SIZE,
  tinyLpips,
} from '../../../testing/runtime-models.ts';

/** float32 sums of some hundred terms near 1 in another order: a few steps of 6e-8. */
const ROUNDING = 1e-6;
const IMAGE = 3 * SIZE.height * SIZE.width;

let registry: string;
let lpips: Lpips;

beforeAll(async () => {
  registry = await lpipsRegistry();
  lpips = await openLpips({ registry });
});

afterAll(() => lpips.model.close());

describe('scores', () => {
  test('the same image is at distance 0, others are not', async () => {
    const [a, b] = [noise(1, 1), noise(1, 2)];
    const scores = await lpips.score(a, Float32Array.of(...a, ...b), { ...SIZE, count: 2 });
    expect([scores[0], (scores[1] as number) > 0.01]).toStrictEqual([0, true]);
  });

  test('eight renditions of one reference are eight pairs, in one call or in eight', async () => {
    const [reference, renditions] = [noise(1, 1), noise(8, 2)];
    const ladder = await lpips.score(reference, renditions, { ...SIZE, count: 8 });
    const references = new Float32Array(8 * IMAGE);
    const singles: number[] = [];
    for (let n = 0; n < 8; n++) {
      references.set(reference, n * IMAGE);
      const rendition = renditions.subarray(n * IMAGE, (n + 1) * IMAGE);
      singles.push(...(await lpips.score(reference, rendition, { ...SIZE, count: 1 })));
    }
    expect(largestDifference(ladder, singles)).toBeLessThan(ROUNDING);
    const pairs = await lpips.score(references, renditions, { ...SIZE, count: 8 });
    expect(largestDifference(pairs, singles)).toBeLessThan(ROUNDING);
  });

  test.each([false, true])(
    'codes give what their normalised values give, in a thread: %s',
    async (ownThread) => {
      const model = ownThread ? await openLpips({ registry, ownThread }) : lpips;
      const bytes = [1, 2, 3].map((seed) => Uint8Array.from(noise(1, seed), (value) => 64 * Math.abs(value)));
      const planes = bytes.map((image) =>
        image.map((_, i) => image[3 * (i % (IMAGE / 3)) + Math.floor((3 * i) / IMAGE)]!),
      );
      const [reference, ...distorted] = bytes.map((rgb) => imageToTensor({ ...SIZE, rgb }));
      const shape = { ...SIZE, count: 2 };
      const expected = await model.score(
        reference!,
        Float32Array.of(...distorted[0]!, ...distorted[1]!),
        shape,
        { values: 'pixels' },
      );
      const got = await model.score(planes[0]!, Uint8Array.of(...planes[1]!, ...planes[2]!), shape, {
        values: 'codes',
      });
      expect(got).toStrictEqual(expected);
      if (ownThread) await model.model.close();
    },
  );

  test('a model for one pair at a time gives the same', async () => {
    const other = await openLpips({
      registry: await lpipsRegistry('pair_v1', tinyLpips({ batch: 1 })),
      model: 'pair_v1',
    });
    for (const references of [1, 3]) {
      const [reference, distorted] = [noise(references, 1), noise(3, 2)];
      const shape = { ...SIZE, count: 3 };
      expect(
        largestDifference(
          await other.score(reference, distorted, shape),
          await lpips.score(reference, distorted, shape),
        ),
      ).toBeLessThan(ROUNDING);
    }
    expect(await codeOf(() => other.detail(noise(1, 1), noise(1, 2), { ...SIZE, count: 1 }))).toBe(
      'WRONG_KIND',
    );
    await other.model.close();
  });

  test('a model of pixels takes bytes, [n,H,W,3]', async () => {
    const bytes = tinyLpips({ input: 'uint8' });
    const folder = await lpipsRegistry('pixels_v1', bytes, { input_type: 'uint8' });
    const pixels = await openLpips({ registry: folder, model: 'pixels_v1' });
    expect(pixels.inputType).toBe('uint8');
    const plane = SIZE.height * SIZE.width;
    const interleaved = Uint8Array.from({ length: 3 * IMAGE }, (_, i) => (i * i) % 251);
    const planar = new Float32Array(3 * IMAGE).map((_, i) => {
      const [image, channel, at] = [Math.floor(i / IMAGE), Math.floor((i % IMAGE) / plane), i % plane];
      return interleaved[image * IMAGE + at * 3 + channel] as number;
    });
    const shape = { ...SIZE, count: 2 };
    const got = await pixels.score(interleaved.subarray(0, IMAGE), interleaved.subarray(IMAGE), shape);
    const expected = await lpips.score(planar.subarray(0, IMAGE), planar.subarray(IMAGE), shape);
    // distances of some thousands: relative
    got.forEach((score, n) => expect(Math.abs(score / (expected[n] as number) - 1)).toBeLessThan(ROUNDING));
    const low = { height: 16, width: 64, count: 1 };
    expect(await codeOf(() => pixels.score(new Uint8Array(3072), new Uint8Array(3072), low))).toBe(
      'TOO_SMALL',
    );
    await pixels.model.close();
  });

  test('with values: pixels, what cannot be normalised pixels is refused; the graph itself takes anything', async () => {
    const shape = { ...SIZE, count: 1 };
    const codeWith = (value: number) => {
      const image = noise(1, 1).fill(0).fill(value, 7, 8);
      return codeOf(() => lpips.score(image, image, shape, { values: 'pixels' }));
    };
    for (const value of [0, 2.6, -2.1]) expect(await codeWith(value)).toBe('no error');
    for (const value of [3, 200, -2.3, 1e9]) expect(await codeWith(value)).toBe('INVALID_TENSOR');
    for (const value of [NaN, Infinity]) expect(await codeWith(value)).toBe('NOT_FINITE');
    expect(await lpips.score(noise(1, 1).fill(200), noise(1, 1).fill(200), shape)).toStrictEqual(
      Float32Array.of(0),
    );
  });

  test('suspended, it answers the same with a session made anew; images that are given away are gone', async () => {
    const own = await openLpips({ registry, ownThread: true, lowPriority: true });
    const shape = { ...SIZE, count: 1 };
    const first = await own.score(noise(1, 1), noise(1, 2), shape);
    for (let round = 0; round < 3; round++) {
      const [running, suspended] = [own.score(noise(1, 1), noise(1, 2), shape), own.model.suspend()];
      expect(await running).toStrictEqual(first);
      await suspended;
      await own.model.suspend();
    }
    const [ref, dist] = [noise(1, 1), noise(1, 2)];
    expect(await own.score(ref, dist, shape, { areGivenAway: true })).toStrictEqual(first);
    expect([ref.length, dist.length]).toStrictEqual([0, 0]);
    await own.model.close();
    expect(await codeOf(() => own.score(noise(1, 1), noise(1, 2), shape))).toBe('CLOSED');
  });

  test('images beyond one run are scored in parts', { timeout: 60_000 }, async () => {
    // 2 ** 23 pixels a run: the third image is in the second one
    const size = { height: 2048, width: 2048 };
    const pixels = 3 * size.height * size.width;
    const distorted = new Float32Array(3 * pixels).fill(0.5, 0, pixels).fill(1, 2 * pixels);
    const scores = await lpips.score(new Float32Array(pixels), distorted, { ...size, count: 3 });
    expect([scores[1], (scores[2] as number) > (scores[0] as number)]).toStrictEqual([0, true]);
  });

  test('a regressor is no LPIPS model', async () => {
    const model = await openModel({ registry: await regressorRegistry(), model: 'linear_v1' });
    expect(await codeOf(() => Lpips.of(model))).toBe('WRONG_KIND');
    await model.close();
  });
});

describe('detail', () => {
  const shape = { ...SIZE, count: 2 };

  test('layers add up to the score, maps average to the layers', async () => {
    const detail = await lpips.detail(noise(1, 1), noise(2, 2), shape);
    for (const n of [0, 1]) {
      const layers = detail.perLayer.subarray(2 * n, 2 * n + 2);
      expect(
        Math.abs((layers[0] as number) + (layers[1] as number) - (detail.scores[n] as number)),
      ).toBeLessThan(ROUNDING);
      detail.maps.forEach(({ height, width, data }, layer) => {
        const map = data.subarray(n * height * width, (n + 1) * height * width);
        const mean = map.reduce((sum, value) => sum + value, 0) / map.length;
        expect(Math.abs(mean - (layers[layer] as number))).toBeLessThan(ROUNDING);
      });
    }
  });

  test('the heat map is torch.nn.functional.interpolate(mode="bilinear", align_corners=False), summed', () => {
    const one = { height: 1, width: 4, count: 1, scores: new Float32Array(1), perLayer: new Float32Array(2) };
    const map = (values: number[]) => ({ height: 1, width: values.length, data: Float32Array.from(values) });
    // computed with torch 2.13: F.interpolate(torch.tensor([[[[0., 4.]]]]), (1, 4), mode='bilinear')
    expect([...heatMap({ ...one, maps: [map([0, 4])] }, 0)]).toStrictEqual([0, 1, 3, 4]);
    expect([...heatMap({ ...one, maps: [map([0, 4]), map([10])] }, 0)]).toStrictEqual([10, 11, 13, 14]);
    const column = { height: 2, width: 1, data: Float32Array.of(9, 9, 0, 4) };
    expect([...heatMap({ ...one, height: 4, width: 1, count: 2, maps: [column] }, 1)]).toStrictEqual([
      0, 1, 3, 4,
    ]);
  });

  test('it is hot where the images differ', async () => {
    const [reference, distorted] = [noise(1, 1), noise(1, 1)];
    // the upper left quarter of the first plane
    for (let y = 0; y < 12; y++) distorted.fill(2, y * SIZE.width, y * SIZE.width + 16);
    const heat = heatMap(await lpips.detail(reference, distorted, { ...SIZE, count: 1 }), 0);
    expect(heat[4 * SIZE.width + 4]).toBeGreaterThan(0.01);
    expect(heat[22 * SIZE.width + 30]).toBe(0);
  });

  test('a mask of one weight gives the score, one beside the difference gives 0', async () => {
    const [reference, distorted] = [noise(1, 1), noise(1, 1)];
    for (let y = 0; y < 12; y++) distorted.fill(2, y * SIZE.width, y * SIZE.width + 16);
    const detail = await lpips.detail(reference, distorted, { ...SIZE, count: 1 });
    const score = detail.scores[0] as number;
    for (const weight of [1, 0.25]) {
      const everywhere = new Float32Array(SIZE.height * SIZE.width).fill(weight);
      expect(Math.abs(maskedScore(detail, 0, everywhere) - score)).toBeLessThan(ROUNDING);
    }
    const [inside, outside] = [new Float32Array(IMAGE / 3), new Float32Array(IMAGE / 3)];
    inside[4 * SIZE.width + 4] = 1;
    outside[22 * SIZE.width + 30] = 1;
    expect(maskedScore(detail, 0, inside)).toBeGreaterThan(score);
    expect(maskedScore(detail, 0, outside)).toBe(0);
  });

  test('a mask weighs a position by how much of it falls there', () => {
    const maps = [{ height: 1, width: 2, data: Float32Array.of(0, 1) }];
    const detail = {
      height: 1,
      width: 3,
      count: 1,
      scores: new Float32Array(1),
      perLayer: new Float32Array(1),
      maps,
    };
    // the middle pixel lies half on either position
    expect(maskedScore(detail, 0, Float32Array.of(0, 1, 0))).toBeCloseTo(0.5, 12);
    expect(maskedScore(detail, 0, Float32Array.of(1, 1, 0))).toBeCloseTo(0.25, 12);
  });

  test.each([
    ['of another size', Float32Array.of(1)],
    ['of 0', new Float32Array(IMAGE / 3)],
    ['with a negative weight', new Float32Array(IMAGE / 3).fill(-1)],
    ['with NaN', new Float32Array(IMAGE / 3).fill(NaN)],
  ])('a mask %s is refused', async (_, mask) => {
    const detail = await lpips.detail(noise(1, 1), noise(1, 2), { ...SIZE, count: 1 });
    expect(await codeOf(() => maskedScore(detail, 0, mask))).toBe('INVALID_TENSOR');
  });
});

describe('what ONNX Runtime is not asked', () => {
  test.each([
    ['16 pixels high', { height: 16, width: 64 }, 'TOO_SMALL'],
    ['16 pixels wide', { height: 64, width: 16 }, 'TOO_SMALL'],
    ['of one pixel', { height: 1, width: 1 }, 'TOO_SMALL'],
    ['of the smallest size', { height: 17, width: 17 }, 'no error'],
  ])('an image %s', async (_, size, code) => {
    const scoring = () => lpips.score(noise(1, 1, size), noise(1, 2, size), { ...size, count: 1 });
    expect(await codeOf(scoring)).toBe(code);
  });

  test.each([NaN, Infinity, -Infinity])('%s, in either image', async (value) => {
    const [clean, spoilt] = [noise(1, 1), noise(1, 2)];
    spoilt[IMAGE - 1] = value;
    const shape = { ...SIZE, count: 1 };
    expect(await codeOf(() => lpips.score(clean, spoilt, shape))).toBe('NOT_FINITE');
    expect(await codeOf(() => lpips.score(spoilt, clean, shape))).toBe('NOT_FINITE');
    expect(await codeOf(() => lpips.score(clean, clean, shape))).toBe('no error');
  });

  test.each([
    ['images of another size than said', noise(1, 1), noise(1, 2), { height: 24, width: 32, count: 1 }],
    ['fewer images than said', noise(1, 1), noise(2, 2), { ...SIZE, count: 3 }],
    ['two references for three images', noise(2, 1), noise(3, 2), { ...SIZE, count: 3 }],
    ['no images', noise(1, 1), new Float32Array(0), { ...SIZE, count: 0 }],
    ['half an image', noise(1, 1), noise(1, 2).subarray(1), { ...SIZE, count: 1 }],
    ['bytes instead of floats', new Uint8Array(IMAGE), new Uint8Array(IMAGE), { ...SIZE, count: 1 }],
  ])('%s', async (_, reference, distorted, shape) => {
    expect(await codeOf(() => lpips.score(reference, distorted, shape))).toBe('INVALID_TENSOR');
  });

  const image = { type: 'float32', dims: [1, 3, SIZE.height, SIZE.width], data: noise(1, 1) } as const;
  test.each([
    ['a missing input', { ref: image }],
    ['an unknown input', { ref: image, dist: image, mask: image }],
    ['another type', { ref: { ...image, type: 'float64', data: new Float64Array(IMAGE) }, dist: image }],
    ['an array of another type', { ref: { ...image, data: new Int32Array(IMAGE) }, dist: image }],
    ['another rank', { ref: { ...image, dims: [3, SIZE.height, SIZE.width] }, dist: image }],
    ['four channels', { ref: { ...image, dims: [1, 4, 18, 33] }, dist: image }],
    ['two sizes', { ref: { ...image, dims: [1, 3, SIZE.width, SIZE.height] }, dist: image }],
    [
      'less data than the shape says',
      { ref: { ...image, dims: [1, 3, 240, 330] }, dist: { ...image, dims: [1, 3, 240, 330] } },
    ],
    ['a fractional dimension', { ref: { ...image, dims: [0.5, 3, 48, 33] }, dist: image }],
  ] as const)('%s', async (_, feeds) => {
    expect(await codeOf(() => lpips.model.run(feeds))).toBe('INVALID_TENSOR');
  });
});
