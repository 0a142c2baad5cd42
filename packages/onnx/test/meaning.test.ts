import { describe, expect, test } from 'vitest';
import { decodeModel, encodeModel, OnnxError, REGRESSOR_OPS, scanModel, stripModel } from '../src/index.ts';
import type { Model } from '../src/index.ts';
import { bytesOf, noise } from './models.ts';
import { mutateBytes, mutateFields, seeded } from './mutations.ts';
import { run } from './ort.ts';

/** Decoded, if the file may be served. */
function served(bytes: Uint8Array): Model | undefined {
  if (scanModel(bytes, { ops: REGRESSOR_OPS }).some(({ code }) => code !== 'UNSTRIPPED')) return undefined;
  try {
    return decodeModel(bytes);
  } catch (error) {
    if (error instanceof OnnxError) return undefined;
    throw error;
  }
}

describe('what we read is what ONNX Runtime runs', () => {
  const features = [noise(6, 1), [2, 3]] as const;

  /** The scores as bits, or `refused`. Any input name will do: mutations change it. */
  async function outcome(bytes: Uint8Array, inputName: string): Promise<string> {
    try {
      const scores = await run(bytes, { [inputName]: features });
      return [...new Uint32Array(scores.slice().buffer)].join();
    } catch {
      return 'refused';
    }
  }

  test.each([
    ['bytes', mutateBytes, 5],
    ['fields', mutateFields, 6],
  ])(
    'regressors with mutated %s that pass scan and decode score as their decoded form',
    async (_, mutate, seed) => {
      const original = bytesOf('regressor');
      const random = seeded(seed);
      const outcomes = new Set<string>();
      for (let count = 0; count < 1000; count++) {
        const bytes = mutate(original, random);
        const model = served(bytes);
        if (model === undefined) continue;
        const name = model.graph.inputs[0]?.name ?? 'features';
        const expected = await outcome(bytes, name);
        expect(await outcome(encodeModel(model), name)).toBe(expected);
        expect(await outcome(stripModel(bytes), name)).toBe(expected);
        outcomes.add(expected);
      }
      // Many mutations change weights, so scores differ; some make a file that only ONNX Runtime's own checks refuse.
      expect(outcomes.size).toBeGreaterThan(5);
      expect(outcomes).toContain('refused');
    },
  );

  test('the sample regressor and distance give finite, sensible scores', async () => {
    const scores = await run(bytesOf('regressor'), { features });
    expect(scores).toHaveLength(2);
    const image = [noise(3 * 32 * 24, 2), [1, 3, 32, 24]] as const;
    const pair = [noise(2 * 3 * 32 * 24, 2), [2, 3, 32, 24]] as const;
    const [same, other] = await run(bytesOf('distance'), { ref: image, dist: pair });
    expect(same).toBeCloseTo(0, 12); // convolutions of one and of two images may round differently
    expect(other).toBeGreaterThan(0);
  });
});
