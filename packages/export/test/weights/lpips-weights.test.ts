import { describe, expect, test } from 'vitest';
import { headTensors, sliceKey, trunkTensors, type LpipsNet } from '../../src/weights/lpips-tensors.ts';
import { selectHeads, selectTrunk, type TensorSpec } from '../../src/weights/lpips-weights.ts';
import { readWeights } from '../../src/weights/read-weights.ts';
import { contentDigest, elementCount, type StateDict } from '../../src/weights/state-dict.ts';
import { f32 } from './helpers/bytes.ts';
import { refusal } from './helpers/refusal.ts';
import { headsFile, torchvisionFile, trainerFile } from './helpers/lpips-files.ts';
import { floatStorage, torchLegacy, torchZip, type TensorSource } from './helpers/torch-writer.ts';

const NETS: readonly LpipsNet[] = ['squeeze', 'alex', 'vgg'];

function read(tensors: readonly TensorSource[]): StateDict {
  return readWeights(torchZip(tensors)).stateDict;
}

/** The message of a STATE_DICT_MISMATCH. */
function mismatch(action: () => unknown): string {
  const { code, message } = refusal(action);
  return code === 'STATE_DICT_MISMATCH' ? message : `${code}: ${message}`;
}

/** The file with the tensors whose names match replaced by what `change` makes of them, or dropped. */
function changed(
  tensors: readonly TensorSource[],
  name: string,
  change: (tensor: TensorSource) => TensorSource[],
): StateDict {
  return read(tensors.flatMap((tensor) => (tensor.name === name ? change(tensor) : [tensor])));
}

describe('expected tensors', () => {
  // parameters that LPIPS uses, counted by PyTorch: trunk, heads
  test.each([
    ['squeeze', 722_496, 2_240],
    ['alex', 2_469_696, 1_152],
    ['vgg', 14_714_688, 1_472],
  ] as const)('%s has %d parameters and %d head weights', (net, trunk, heads) => {
    const size = (specs: readonly TensorSpec[]): number =>
      specs.reduce((sum, { shape }) => sum + elementCount(shape), 0);
    expect(size(trunkTensors(net))).toBe(trunk);
    expect(size(headTensors(net))).toBe(heads);
  });

  test('names of layers in the slices of LPIPS', () => {
    expect(sliceKey('squeeze', 'features.0.weight')).toBe('net.slice1.0.weight');
    expect(sliceKey('squeeze', 'features.7.expand3x3.bias')).toBe('net.slice3.7.expand3x3.bias');
    expect(sliceKey('squeeze', 'features.12.squeeze.weight')).toBe('net.slice7.12.squeeze.weight');
    expect(sliceKey('alex', 'features.10.weight')).toBe('net.slice5.10.weight');
    expect(sliceKey('vgg', 'features.14.bias')).toBe('net.slice3.14.bias');
    expect(sliceKey('vgg', 'features.28.bias')).toBe('net.slice5.28.bias');
  });
});

describe.each(NETS)('%s', (net) => {
  test('trunk from a torchvision file, in forward order, without the classifier', () => {
    const trunk = selectTrunk(read(torchvisionFile(net)), net);
    expect([...trunk.keys()]).toEqual(trunkTensors(net).map(({ name }) => name));
  });

  test('heads with and without dropout have one content digest', () => {
    const withDropout = selectHeads(read(headsFile(net, 1)), net);
    const without = selectHeads(read(headsFile(net, 0)), net);
    expect([...withDropout.keys()]).toEqual(headTensors(net).map(({ name }) => name));
    expect(contentDigest(withDropout)).toBe(contentDigest(without));
  });
});

describe('a state dict of LPIPS itself', () => {
  const separate = read(torchvisionFile('squeeze'));
  const heads = read(headsFile('squeeze', 1));

  test.each([
    ['zip', torchZip, 1],
    ['legacy', torchLegacy, 1],
    ['zip without dropout', torchZip, 0],
  ] as const)('%s: trunk and heads are those of separate files', (_, write, layer) => {
    const { stateDict } = readWeights(write(trainerFile('squeeze', layer)));
    expect(contentDigest(selectTrunk(stateDict, 'squeeze'))).toBe(
      contentDigest(selectTrunk(separate, 'squeeze')),
    );
    expect(contentDigest(selectHeads(stateDict, 'squeeze'))).toBe(
      contentDigest(selectHeads(heads, 'squeeze')),
    );
  });

  test('second names of the heads must hold the same values', () => {
    const file = changed(trainerFile('squeeze', 1), 'lins.0.model.1.weight', (tensor) => [
      { ...tensor, storage: floatStorage('x', f32(...Array<number>(64).fill(1))) },
    ]);
    expect(mismatch(() => selectTrunk(file, 'squeeze'))).toContain('heads.0.weight differs');
  });

  test('scaling constants must be those of the exported graph', () => {
    const file = changed(trainerFile('squeeze', 1), 'scaling_layer.scale', (tensor) => [
      { ...tensor, storage: floatStorage('x', f32(0.458, 0.448, 0.5)) },
    ]);
    expect(mismatch(() => selectHeads(file, 'squeeze'))).toContain('scaling_layer.scale is');
  });

  test.each([
    'scaling_layer.shift',
    'net.slice4.9.squeeze.bias',
    'lins.6.model.1.weight',
    'lin2.model.1.weight',
  ])('without %s it is refused, whichever half is wanted', (name) => {
    const file = changed(trainerFile('squeeze', 1), name, () => []);
    const problem = `state dict does not fit: missing (1): "${name}"`;
    expect(mismatch(() => selectTrunk(file, 'squeeze'))).toBe(problem);
    expect(mismatch(() => selectHeads(file, 'squeeze'))).toBe(problem);
  });
});

describe('files that do not fit', () => {
  test('heads of another net', () => {
    const message = mismatch(() => selectHeads(read(headsFile('alex', 1)), 'squeeze'));
    expect(message).toContain('missing (2): "lin5.model.1.weight", "lin6.model.1.weight"');
    expect(message).toContain('"lin1.model.1.weight" is [1,192,1,1], expected [1,128,1,1]');
  });

  test('heads in a mixture of both layouts', () => {
    const file = changed(headsFile('alex', 1), 'lin4.model.1.weight', (head) => [
      { ...head, name: 'lin4.model.0.weight' },
    ]);
    expect(mismatch(() => selectHeads(file, 'alex'))).toBe(
      'state dict does not fit: missing (1): "lin4.model.1.weight"; unexpected (1): "lin4.model.0.weight"',
    );
  });

  test('a trunk where heads are wanted, and heads where a trunk is wanted', () => {
    const trunk = read(torchvisionFile('squeeze'));
    const heads = read(headsFile('squeeze', 1));
    expect(mismatch(() => selectHeads(trunk, 'squeeze'))).toMatch(/missing \(7\).*unexpected \(51\)/);
    expect(mismatch(() => selectTrunk(heads, 'squeeze'))).toMatch(/missing \(50\).*unexpected \(7\)/);
  });

  test('a trunk with one layer more', () => {
    const more = { name: 'features.13.weight', shape: [1], storage: floatStorage('m', f32(1)) };
    const file = read([...torchvisionFile('squeeze'), more]);
    expect(mismatch(() => selectTrunk(file, 'squeeze'))).toBe(
      'state dict does not fit: unexpected (1): "features.13.weight"',
    );
  });

  test('weights that are not floating point', () => {
    const file = changed(headsFile('alex', 1), 'lin0.model.1.weight', (head) => [
      { ...head, storage: { ...head.storage, type: 'IntStorage' } },
    ]);
    expect(mismatch(() => selectHeads(file, 'alex'))).toContain('"heads.0.weight" is i32');
  });

  test.each([NaN, Infinity, -Infinity])('a weight of %d', (value) => {
    const file = changed(headsFile('alex', 1), 'lin3.model.1.weight', (head) => [
      { ...head, storage: floatStorage('n', f32(...Array<number>(255).fill(0), value)) },
    ]);
    expect(refusal(() => selectHeads(file, 'alex'))).toEqual({
      code: 'NOT_FINITE',
      message: 'weights are NaN or beyond float32 in "heads.3.weight"',
    });
  });

  test('a float64 weight beyond float32', () => {
    const bytes = new Uint8Array(new Float64Array(256).fill(1e39).buffer);
    const file = changed(headsFile('alex', 1), 'lin4.model.1.weight', (head) => [
      { ...head, storage: { key: 'd', type: 'DoubleStorage', itemSize: 8, bytes } },
    ]);
    expect(refusal(() => selectHeads(file, 'alex')).code).toBe('NOT_FINITE');
  });
});

test('what was selected does not hold on to the file', () => {
  const file = torchZip(headsFile('alex', 1));
  const before = contentDigest(selectHeads(readWeights(file).stateDict, 'alex'));
  const heads = selectHeads(readWeights(Buffer.from(file.buffer)).stateDict, 'alex');
  file.fill(0);
  expect(contentDigest(heads)).toBe(before);
});
