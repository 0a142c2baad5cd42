import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { headTensors, sliceKey, type LpipsNet } from '../../src/weights/lpips-tensors.ts';
import { selectHeads, selectTrunk } from '../../src/weights/lpips-weights.ts';
import { readWeights } from '../../src/weights/read-weights.ts';
import { contentDigest, float32Values, type StateDict } from '../../src/weights/state-dict.ts';
import { refusal } from './helpers/refusal.ts';
import { rawInitializers } from './helpers/onnx-initializers.ts';

// Upstream's files may not be committed; they lie beside the repository on machines that have them.
const SHARED = new URL('../../../../../shared/', import.meta.url);
const present = existsSync(new URL('weights/', SHARED)) && existsSync(new URL('reference/', SHARED));
if (!present) console.warn(`skipped: upstream's weight files are not in ${SHARED.pathname}`);

function read(path: string): StateDict {
  return readWeights(readFileSync(new URL(path, SHARED))).stateDict;
}

function headsOf(net: LpipsNet): StateDict {
  return selectHeads(read(`weights/lpips_v0.1_${net}.pth`), net);
}

function headValues(net: LpipsNet): number[][] {
  return [...headsOf(net).values()].map((tensor) => [...float32Values(tensor)]);
}

describe.skipIf(!present)('upstream files', () => {
  test('SqueezeNet 1.1 in three containers has one content digest', () => {
    const files = [
      'squeezenet1_1_features.pth',
      'squeezenet1_1_features.legacy.pth',
      'squeezenet1_1_features.safetensors',
    ];
    const digests = files.map((file) => contentDigest(selectTrunk(read(`weights/${file}`), 'squeeze')));
    expect(new Set(digests).size).toBe(1);
  });

  test('trunk and heads are the initializers of the reference model, bit for bit', () => {
    const initializers = rawInitializers(readFileSync(new URL('reference/lpips_sq.onnx', SHARED)));
    const trunk = selectTrunk(read('weights/squeezenet1_1_features.pth'), 'squeeze');
    const names = [
      ...[...trunk].map(([name, tensor]) => [`core.${sliceKey('squeeze', name)}`, tensor] as const),
      ...[...headsOf('squeeze').values()].map(
        (tensor, tap) => [`core.lins.${tap}.model.1.weight`, tensor] as const,
      ),
    ];
    expect(names).toHaveLength(50 + 7);
    const different = names.filter(([name, { bytes }]) => {
      const initializer = initializers.get(name);
      return !initializer || Buffer.compare(bytes, initializer) !== 0;
    });
    expect(different).toEqual([]);
  });

  // zeros per head, and the sums of squeeze with six digits, as PyTorch in float64 counts them
  test.each([
    ['squeeze', [13, 27, 18, 10, 17, 22, 12]],
    ['alex', [35, 55, 37, 18, 5]],
    ['vgg', [0, 0, 0, 0, 0]],
  ] as const)('v0.1 heads of %s have no negative weight, and %j zeros', (net, zeros) => {
    const heads = headValues(net);
    expect(heads.map((head) => head.length)).toEqual(headTensors(net).map(({ shape }) => shape[1]));
    expect(heads.flat().every((value) => value >= 0)).toBe(true);
    expect(heads.map((head) => head.filter((value) => value === 0).length)).toEqual(zeros);
  });

  test('v0.1 heads of squeeze have the published sums', () => {
    const sums = headValues('squeeze').map((head) => head.reduce((sum, value) => sum + value, 0));
    expect(sums.map((sum) => Number(sum.toPrecision(6)))).toEqual([
      5.6901, 1.18528, 16.3266, 71.0126, 37.3707, 24.2629, 17.5906,
    ]);
  });

  test('the random AlexNet trunk of the oracles loads as alex and as nothing else', () => {
    const file = read('oracles/alexnet_random_features.pth');
    expect(selectTrunk(file, 'alex').size).toBe(10);
    expect(refusal(() => selectTrunk(file, 'vgg')).code).toBe('STATE_DICT_MISMATCH');
    expect(refusal(() => selectTrunk(file, 'squeeze')).code).toBe('STATE_DICT_MISMATCH');
  });
});
