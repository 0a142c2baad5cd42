import { checkModel, decodeModel, LPIPS_OPS, scanModel } from '@vqforge/onnx';
import { describe, expect, test } from 'vitest';
import { lpipsModel, type LpipsModelOptions } from '../../src/lpips/lpips-model.ts';
import { headTensors, type LpipsNet } from '../../src/weights/lpips-tensors.ts';
import { generatedWeights } from './helpers/generated-weights.ts';
import { caseTable } from '../../../../testing/case-table.ts';

/** VGG16 is larger than what may be served. */
const maxBytes = 2 ** 26;
const NETS = caseTable<LpipsNet>(['squeeze', 'alex'], ['vgg']);
const VARIANTS: readonly Partial<LpipsModelOptions>[] = [
  {},
  { version: '0.0' },
  { heads: null },
  { maps: true },
  { input: 'uint8' },
  { opset: 17, maps: true, input: 'uint8', version: '0.0' },
];

describe.each(NETS)('%s', (net) => {
  const weights = generatedWeights(net);

  // VGG16 is 20 times larger: the first and the last variant
  test.each(net === 'vgg' ? [VARIANTS[0], VARIANTS.at(-1)] : VARIANTS)(
    'is a valid graph of the operators that LPIPS may use, with %o',
    (variant) => {
      const bytes = lpipsModel({ ...weights, ...variant });
      const model = decodeModel(bytes, { canonical: true, maxBytes });
      expect(checkModel(model)).toEqual([]);
      expect(scanModel(bytes, { ops: LPIPS_OPS, maxBytes })).toEqual([]);
      expect([model.irVersion, model.opset, model.producerName]).toEqual([
        8,
        variant?.opset ?? 18,
        'vqforge',
      ]);
    },
  );

  test('has symbolic counts and sizes, and one score per distorted image', () => {
    const { inputs, outputs } = decodeModel(lpipsModel(weights), { maxBytes }).graph;
    expect(inputs).toEqual([
      { name: 'ref', dataType: 'float32', shape: ['M', 3, 'H', 'W'] },
      { name: 'dist', dataType: 'float32', shape: ['N', 3, 'H', 'W'] },
    ]);
    expect(outputs).toEqual([{ name: 'score', dataType: 'float32', shape: ['N'] }]);
  });

  test('with maps, has the terms and the map of each tap', () => {
    const { outputs } = decodeModel(lpipsModel({ ...weights, maps: true }), { maxBytes }).graph;
    const taps = headTensors(net).length;
    expect(outputs.slice(0, 2)).toEqual([
      { name: 'score', dataType: 'float32', shape: ['N'] },
      { name: 'per_layer', dataType: 'float32', shape: ['N', taps] },
    ]);
    expect(outputs.slice(2)).toEqual(
      Array.from({ length: taps }, (_, tap) => ({
        name: `map_${tap}`,
        dataType: 'float32',
        shape: ['N', 1, `h${tap}`, `w${tap}`],
      })),
    );
  });

  test('has the same bytes whatever the order of the weights', () => {
    const reversed = { ...weights, trunk: new Map([...weights.trunk].reverse()) };
    expect(Buffer.compare(lpipsModel(weights), lpipsModel(reversed))).toBe(0);
  });

  test('holds every weight of the trunk once, whatever the number of images', () => {
    const { initializers } = decodeModel(lpipsModel(weights), { maxBytes }).graph;
    const held = initializers.filter(({ name }) => name.startsWith('features.'));
    const bytes = (tensors: Iterable<{ readonly byteLength: number }>): number =>
      [...tensors].reduce((sum, { byteLength }) => sum + byteLength, 0);
    expect(bytes(held.map(({ raw }) => raw))).toBe(bytes([...weights.trunk.values()].map((t) => t.bytes)));
  });
});

test('operators that LPIPS may use are those that some variant uses', () => {
  const used = (['squeeze', 'alex'] as const).flatMap((net) => {
    const weights = generatedWeights(net);
    return VARIANTS.flatMap((variant) =>
      decodeModel(lpipsModel({ ...weights, ...variant })).graph.nodes.map(({ opType }) => opType),
    );
  });
  expect(new Set(used)).toEqual(LPIPS_OPS);
});
