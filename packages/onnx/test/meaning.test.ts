import { describe, expect, test } from 'vitest';
import { REGRESSOR_OPS } from '../src/ops.ts';
import { outcomes } from './meaning.ts';
import { bytesOf, noise } from './models.ts';
import { mutateBytes, mutateFields, seeded } from './mutations.ts';
import { run } from './ort.ts';

describe('what we read is what ONNX Runtime runs', () => {
  const features = [noise(6, 1), [2, 3]] as const;

  test.each([
    ['bytes', mutateBytes, 5],
    ['fields', mutateFields, 6],
  ])('regressors with mutated %s that pass scan and decode', async (_, mutate, seed) => {
    const regressor = { file: bytesOf('regressor'), ops: REGRESSOR_OPS, feeds: [features] };
    const counts = await outcomes(regressor, mutate, seeded(seed), 1000);
    expect(counts.get('') ?? 0).toBe(0);
    // Mutations change weights, so scores differ; some leave a file that only ONNX Runtime's own checks refuse.
    expect(counts.size).toBeGreaterThan(5);
    expect(counts.get('refused')).toBeGreaterThan(0);
  });

  test('the sample models give finite, sensible scores', async () => {
    const scores = await run(bytesOf('regressor'), { features });
    expect([...scores].map(Number.isFinite)).toEqual([true, true]);
    const image = [noise(3 * 32 * 24, 2), [1, 3, 32, 24]] as const;
    const pair = [noise(2 * 3 * 32 * 24, 2), [2, 3, 32, 24]] as const;
    const [same, other] = await run(bytesOf('distance'), { ref: image, dist: pair });
    expect(same).toBeCloseTo(0, 12); // convolutions of one and of two images may round differently
    expect(other).toBeGreaterThan(0.001);
  });
});
