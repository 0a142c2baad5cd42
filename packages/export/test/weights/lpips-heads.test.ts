import { describe, expect, test } from 'vitest';
import { flatHeads, headsFile, headsOfFlat, tapChannels } from '../../src/weights/lpips-heads.ts';
import { readWeights } from '../../src/weights/read-weights.ts';
import { selectHeads } from '../../src/weights/lpips-weights.ts';
import { writeSafetensors } from '../../src/weights/safetensors-writer.ts';
import type { StateTensor } from '../../src/weights/state-dict.ts';
import { f32 } from './helpers/bytes.ts';

describe.each(['squeeze', 'alex', 'vgg'] as const)('heads of %s', (net) => {
  const channels = tapChannels(net).reduce((sum, size) => sum + size, 0);
  const flat = Float32Array.from({ length: channels }, (_, at) => at / channels);

  test('a file of them is read back as the same tensors, under upstream’s names', () => {
    const heads = headsOfFlat(net, flat);
    const { container, stateDict } = readWeights(headsFile(heads));
    expect(container).toBe('safetensors');
    expect([...stateDict.keys()][0]).toBe('lin0.model.1.weight');
    const selected = selectHeads(stateDict, net);
    expect(selected).toEqual(heads);
    expect(flatHeads(selected)).toEqual(flat);
  });
});

describe('writeSafetensors', () => {
  const one: StateTensor = { dtype: 'f32', shape: [1], bytes: f32(1) };
  const two: StateTensor = { dtype: 'f32', shape: [2], bytes: f32(2, 3) };

  test('the order of the tensors changes no byte', () => {
    const bytes = writeSafetensors(
      new Map([
        ['b', two],
        ['a', one],
      ]),
    );
    expect(bytes).toEqual(
      writeSafetensors(
        new Map([
          ['a', one],
          ['b', two],
        ]),
      ),
    );
    expect([...readWeights(bytes).stateDict]).toEqual([
      ['a', one],
      ['b', two],
    ]);
  });

  test('the data starts at a multiple of 8', () => {
    for (const name of ['a', 'ab', 'abc', 'ü']) {
      const bytes = writeSafetensors(new Map([[name, one]]));
      expect((bytes.length - 4) % 8).toBe(0);
      expect(readWeights(bytes).stateDict.get(name)).toEqual(one);
    }
  });
});
