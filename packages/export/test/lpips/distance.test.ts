import { beforeAll, describe, expect, test } from 'vitest';
import { lpipsModel } from '../../src/lpips/lpips-model.ts';
import { NET_LAYOUTS, type LpipsNet } from '../../src/weights/lpips-tensors.ts';
import { textbookModel } from '../../src/lpips/textbook-model.ts';
import { generatedWeights } from './helpers/generated-weights.ts';
import { draw, flat, noise, normalised, shaken, type Image } from './helpers/images.ts';
import { openScorer, scoreOf, type Scorer } from './helpers/scorer.ts';
import * as ort from 'onnxruntime-node';
import { caseTable } from '../../../../testing/case-table.ts';

/** Float32 rounding of a distance of 1, over sums of a few thousand terms. */
const ROUNDING = 1e-6;

/** A side for the images, and the sides of the taps that follow from it by the strides and pools of the networks. */
const SIDES: Readonly<Record<LpipsNet, { readonly image: number; readonly taps: readonly number[] }>> = {
  squeeze: { image: 64, taps: [31, 15, 7, 3, 3, 3, 3] },
  alex: { image: 64, taps: [15, 7, 3, 3, 3] },
  vgg: { image: 32, taps: [32, 16, 8, 4, 2] },
};

// VGG16 is 20 times larger
describe.each(caseTable<LpipsNet>(['squeeze', 'alex'], ['vgg']))('%s', (net) => {
  const weights = generatedWeights(net);
  const { minimumSide } = NET_LAYOUTS[net];
  const side = SIDES[net].image;
  const ref = noise(side, side, 1);
  const dists = [shaken(ref, 30, 2), flat(side, side, 128), shaken(ref, 2, 3), ref];
  let score: Scorer;
  let maps: Scorer;

  beforeAll(async () => {
    score = await openScorer(lpipsModel(weights));
    maps = await openScorer(lpipsModel({ ...weights, maps: true }));
  });

  test('an image has distance 0 to itself, exactly', async () => {
    for (const image of [ref, flat(side, side, 0), noise(33, 37, 4)]) {
      expect(await scoreOf(score, image, image)).toBe(0);
    }
  });

  test('swapping the images changes no bit', async () => {
    for (const dist of dists) expect(await scoreOf(score, ref, dist)).toBe(await scoreOf(score, dist, ref));
  });

  test('no distance is negative, however close the images', async () => {
    const near = { ...ref, pixels: ref.pixels.map((value, index) => (index === 1500 ? value ^ 1 : value)) };
    const { map_0: map } = await maps([ref], [near]);
    expect(Math.min(...(map?.data ?? [NaN]))).toBe(0);
    expect(await scoreOf(score, ref, near)).toBeGreaterThan(0);
  });

  test('one reference for all gives what single calls give', async () => {
    const { score: together } = await score([ref], dists);
    expect(together?.dims).toEqual([dists.length]);
    for (const [index, dist] of dists.entries()) {
      // 1e-7: the same sums, in another blocking of the matrix products
      expect(
        Math.abs((together?.data[index] ?? NaN) - (await scoreOf(score, ref, dist))),
      ).toBeLessThanOrEqual(1e-7);
    }
  });

  test('a reference for each gives what single calls give', async () => {
    const refs = [ref, noise(side, side, 9), flat(side, side, 10), ref];
    const { score: together } = await score(refs, dists);
    for (const [index, dist] of dists.entries()) {
      const single = await scoreOf(score, refs[index] as Image, dist);
      expect(Math.abs((together?.data[index] ?? NaN) - single)).toBeLessThanOrEqual(1e-7);
    }
  });

  test('terms sum to the score, and are the means of the maps', async () => {
    const { score: total, per_layer: terms, ...rest } = await maps([ref], dists);
    const taps = SIDES[net].taps.length;
    expect(terms?.dims).toEqual([dists.length, taps]);
    for (let image = 0; image < dists.length; image++) {
      const own = [...(terms?.data.slice(image * taps, (image + 1) * taps) ?? [])];
      // in the graph's order, so that the sum is the same to the bit
      expect(own.reduce((sum, term) => Math.fround(sum + term))).toBe(total?.data[image]);
      for (const [tap, width] of SIDES[net].taps.entries()) {
        const map = rest[`map_${tap}`];
        expect(map?.dims).toEqual([dists.length, 1, width, width]);
        const values = [...(map?.data ?? [])].slice(image * width * width, (image + 1) * width * width);
        const mean = values.reduce((sum, value) => sum + value, 0) / (width * width);
        expect(Math.abs(mean - (own[tap] as number))).toBeLessThanOrEqual(ROUNDING * (own[tap] as number));
      }
    }
  });

  test('the score is the same with and without maps', async () => {
    expect((await maps([ref], dists))['score']?.data).toEqual((await score([ref], dists))['score']?.data);
  });

  test('takes its smallest size, odd ones, and sides that differ', async () => {
    for (const [width, height] of [
      [minimumSide, minimumSide],
      [minimumSide, 67],
      [101, minimumSide + 2],
    ] as const) {
      const image = noise(width, height, 5);
      const distance = await scoreOf(score, image, shaken(image, 40, 6));
      expect(distance).toBeGreaterThan(0);
      expect(distance).toBeLessThan(Infinity);
    }
  });

  test('bytes as input give the distance of the normalised image', async () => {
    for (const version of ['0.1', '0.0'] as const) {
      const bytes = await openScorer(lpipsModel({ ...weights, version, input: 'uint8' }), { input: 'uint8' });
      const floats = await openScorer(lpipsModel({ ...weights, version }));
      const [a, b] = [(await bytes([ref], dists))['score'], (await floats([ref], dists))['score']];
      for (const [index, distance] of (b?.data ?? []).entries()) {
        expect(Math.abs((a?.data[index] ?? NaN) - distance)).toBeLessThanOrEqual(2 * ROUNDING);
      }
    }
  });

  test.each([{}, { version: '0.0' as const }, { heads: null }])(
    'gives what upstream has node for node, with %o',
    async (variant) => {
      const options = { ...weights, ...variant };
      const shipped = await openScorer(lpipsModel({ ...options, maps: true }));
      const textbook = await ort.InferenceSession.create(textbookModel(options), { logSeverityLevel: 3 });
      const upstream = (image: Image): ort.Tensor => {
        const { data, dims } = normalised([image]);
        const [mean, std] = [
          [0.485, 0.456, 0.406],
          [0.229, 0.224, 0.225],
        ] as const;
        const plane = image.width * image.height;
        const unit = data.map((value, index) => {
          const channel = Math.floor(index / plane);
          return 2 * (value * (std[channel] as number) + (mean[channel] as number)) - 1;
        });
        return new ort.Tensor('float32', unit, dims);
      };
      for (const dist of dists) {
        const fetches = await textbook.run({ ref: upstream(ref), dist: upstream(dist) });
        const { per_layer: terms } = await shipped([ref], [dist]);
        for (const [tap, term] of (fetches['per_layer'] as { data: Float32Array }).data.entries()) {
          expect(Math.abs((terms?.data[tap] ?? NaN) - term)).toBeLessThanOrEqual(
            ROUNDING * Math.max(1, term),
          );
        }
      }
    },
  );
});

test('features that are zero everywhere have no direction: distance 0 to each other, finite to others', async () => {
  const weights = generatedWeights('alex');
  const trunk = new Map(
    [...weights.trunk].map(([name, tensor]) => [
      name,
      name.endsWith('bias') ? { ...tensor, bytes: new Uint8Array(tensor.bytes.length) } : tensor,
    ]),
  );
  const score = await openScorer(lpipsModel({ ...weights, version: '0.0', trunk }));
  // in version 0.0 the trunk is given 2·v/255 − 1, so that without biases mid-grey is nothing but rounding
  const grey = draw(64, 64, () => 127.5);
  expect(await scoreOf(score, grey, grey)).toBe(0);
  expect(await scoreOf(score, grey, noise(64, 64, 8))).toBeGreaterThan(0);
  const zero = await openScorer(
    lpipsModel({
      ...weights,
      trunk: new Map(
        [...trunk].map(([name, tensor]) => [name, { ...tensor, bytes: new Uint8Array(tensor.bytes.length) }]),
      ),
    }),
  );
  expect(await scoreOf(zero, grey, noise(64, 64, 8))).toBe(0);
});
