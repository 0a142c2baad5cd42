import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { heatMap, Lpips } from '@vqforge/runtime';
import { openModel, type OpenModelOptions } from '@vqforge/runtime/node';
import { imageToTensor } from '@vqforge/media';
import { readImage } from '@vqforge/media/node';
import { describe, expect, test } from 'vitest';
import { largestDifference } from '../../../testing/runtime-models.ts';

/** Golden values have eight digits and were summed by another engine, on another CPU. */
const TOLERANCE = 2e-6;

const TINY = fileURLToPath(new URL('../../../model/tiny', import.meta.url));
const REFERENCE = fileURLToPath(new URL('../../../../shared/reference', import.meta.url));
const MODELS: [name: string, path: string, options: Partial<OpenModelOptions>][] = [
  ['the pinned model', join(TINY, 'lpips_sq.onnx'), {}],
  ['the pinned model in wasm', join(TINY, 'lpips_sq.onnx'), { engine: 'wasm' }],
  ["the reference system's model", join(REFERENCE, 'lpips_sq.onnx'), { allowUnregistered: true }],
];

/** Computed with ONNX Runtime 1.30 from lusoris/vmaf's file. */
const GOLDEN = [
  { width: 64, height: 64, scores: [0.07361801, 0.00247193, 0.10131197] },
  { width: 97, height: 65, scores: [0.10219247, 0.00266558, 0.11707668] },
];

describe.each(MODELS)('golden values of %s', (name, path, options) => {
  const isHere = existsSync(path);
  if (!isHere) console.log(`skipped: golden values of ${name}, which is not here`);

  test.skipIf(!isHere)('as published', async () => {
    const model = Lpips.of(await openModel({ registry: TINY, model: path, ...options }));
    for (const { width, height, scores } of GOLDEN) {
      const reference = pattern(width, height, (value) => value);
      const distorted = [
        pattern(width, height, (value) => (value + 16) % 256),
        pattern(width, height, (value) => Math.min(value + 16, 255)),
        pattern(width, height, (value) => 32 * Math.floor(value / 32)),
        reference,
      ];
      const got = await model.score(reference, Float32Array.from(distorted.flatMap((image) => [...image])), {
        width,
        height,
        count: 4,
      });
      expect(largestDifference(got, [...scores, 0])).toBeLessThan(TOLERANCE);
    }
    const [black, white] = [pattern(64, 64, () => 0), pattern(64, 64, () => 255)];
    const [score] = await model.score(black, white, { width: 64, height: 64, count: 1 });
    expect(Math.abs((score as number) - 0.64209265)).toBeLessThan(TOLERANCE);
    await model.model.close();
  });
});

/** A test image after `change`, normalised. */
function pattern(width: number, height: number, change: (value: number) => number): Float32Array {
  const [mean, std] = [
    [0.485, 0.456, 0.406],
    [0.229, 0.224, 0.225],
  ] as const;
  return new Float32Array(3 * height * width).map((_, i) => {
    const [channel, x, y] = [Math.floor(i / (height * width)), i % width, Math.floor(i / width) % height];
    const value = [3 * x + 5 * y, 7 * x + 2 * y, x + 11 * y][channel] as number;
    return (change(value % 256) / 255 - (mean[channel] as number)) / (std[channel] as number);
  });
}

const ORACLES = fileURLToPath(new URL('../../../../shared/oracles', import.meta.url));
const MAPS = join(TINY, 'lpips_sq_maps.onnx');
const areImagesHere = existsSync(MAPS) && existsSync(join(ORACLES, 'ex_p0.png'));
if (!areImagesHere) console.log("skipped: upstream's example images, which are not here with the maps model");

test.skipIf(!areImagesHere)("layers and heat map of upstream's example images are upstream's", async () => {
  const lpips = Lpips.of(await openModel({ registry: TINY, model: MAPS }));
  const expected = JSON.parse(readFileSync(join(ORACLES, 'lpips_distances.json'), 'utf8')) as {
    squeeze_lin: Record<string, { distance: number; per_layer: number[] }>;
  };
  const size = { width: 64, height: 64 };
  const tensorOf = async (name: string): Promise<Float32Array> => {
    const tensor = new Float32Array(3 * size.width * size.height);
    imageToTensor(await readImage(join(ORACLES, name)), tensor);
    return tensor;
  };
  const reference = await tensorOf('ex_ref.png');
  const means: number[] = [];
  for (const name of ['ex_p0', 'ex_p1']) {
    const { distance, per_layer: layers } = expected.squeeze_lin[`ex_ref|${name}`] ?? {
      distance: NaN,
      per_layer: [],
    };
    const detail = await lpips.detail(reference, await tensorOf(`${name}.png`), { ...size, count: 1 });
    expect(largestDifference(detail.scores, [distance])).toBeLessThan(TOLERANCE);
    expect(largestDifference(detail.perLayer, layers)).toBeLessThan(TOLERANCE);
    means.push(heatMap(detail, 0).reduce((sum, heat) => sum + heat, 0) / (size.width * size.height));
  }
  // upstream's spatial=True has the mean 0.71102 on ex_p0, where the score is 0.71105
  expect(Math.abs((means[0] as number) - 0.71102)).toBeLessThan(5e-6);
  await lpips.model.close();
});
