import { decodeModel, proveResources, resourceMultiples } from '@vqforge/onnx';
import { describe, expect, test } from 'vitest';
import { lpipsModel, type LpipsModelOptions } from '../src/lpips/lpips-model.ts';
import { regressorModel } from '../src/regressor.ts';
import { generatedWeights } from './lpips/helpers/generated-weights.ts';
import { caseTable } from '../../../testing/case-table.ts';

/** Everything that `export lpips` can be asked for. */
type Choice = readonly [string, Partial<LpipsModelOptions>];
const CHOICES: readonly Choice[] = [
  ['with maps', { maps: true }],
  ['of pixels', { input: 'uint8' }],
  ['of pixels, with maps', { input: 'uint8', maps: true }],
  ['of opset 17', { opset: 17 }],
  ['without heads', { heads: null }],
  ['without heads, with maps', { heads: null, maps: true }],
];

describe.each(['squeeze', 'alex', 'vgg'] as const)('%s', (net) => {
  const weights = generatedWeights(net);
  // VGG16 is 20 times larger
  test.each(
    caseTable<Choice>([['as it is', {}], ...(net === 'vgg' ? [] : CHOICES)], net === 'vgg' ? CHOICES : []),
  )('%s, is proved to be within bounds', (_, choice) => {
    const model = decodeModel(lpipsModel({ ...weights, ...choice }), { maxBytes: Infinity });
    expect(proveResources(model)).toStrictEqual([]);
    const { value, live } = resourceMultiples(model);
    // what a layer or a node more would need, and what memory there is
    expect(value).toBeLessThanOrEqual(64);
    expect(live).toBeLessThanOrEqual(512);
  });
});

test.each([1, 2, 6, 17, 64, 300])('a regressor of %i features is proved to be within bounds', (features) => {
  const ramp = (length: number): Float32Array => Float32Array.from({ length }, (_, i) => Math.sin(i));
  const model = decodeModel(
    regressorModel({
      features,
      parameters: {
        W1: ramp(features * 64),
        b1: ramp(64),
        W2: ramp(64 * 64),
        b2: ramp(64),
        W3: ramp(64),
        b3: ramp(1),
      },
      targetStandardisation: { mean: 50, scale: 20 },
    }),
  );
  expect(proveResources(model)).toStrictEqual([]);
  expect(resourceMultiples(model).value).toBeCloseTo(64 / features, 9);
});
