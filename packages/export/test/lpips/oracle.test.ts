import { describe, expect, test } from 'vitest';
import { lpipsModel } from '../../src/lpips/lpips-model.ts';
import oracle from './fixtures/lpips_distances.json' with { type: 'json' };
import { readPng } from './helpers/png.ts';
import { openScorer } from './helpers/scorer.ts';
import { ALEX_FILES, havePaths, readShared, sharedWeights, SQUEEZE_FILES } from './helpers/shared-files.ts';

const IMAGES = ['oracles/ex_ref.png', 'oracles/ex_p0.png', 'oracles/ex_p1.png'];

describe.each([
  { name: 'squeeze_lin', net: 'squeeze', files: SQUEEZE_FILES },
  { name: 'squeeze_baseline', net: 'squeeze', files: SQUEEZE_FILES },
  { name: 'alex_random_lin', net: 'alex', files: ALEX_FILES },
  { name: 'alex_random_baseline', net: 'alex', files: ALEX_FILES },
] as const)('$name', ({ name, net, files }) => {
  const paths = [...files, ...IMAGES];
  test.skipIf(!havePaths(`oracle ${name}`, paths))('distances and terms are those of PyTorch', async () => {
    const weights = sharedWeights(net, files);
    const heads = name.endsWith('baseline') ? null : weights.heads;
    const scorer = await openScorer(lpipsModel({ ...weights, heads, maps: true }));
    for (const [pair, { distance, per_layer: expected }] of Object.entries(oracle[name])) {
      const [ref, dist] = pair.split('|').map((image) => readPng(readShared(`oracles/${image}.png`)));
      const { score, per_layer: terms } = await scorer([ref!], [dist!]);
      const actual = [...(score?.data ?? []), ...(terms?.data ?? [])];
      for (const [index, value] of [distance, ...expected].entries()) {
        // float32 on both sides: some 10 roundings of 6e-8 relative each
        expect(Math.abs((actual[index] ?? NaN) - value)).toBeLessThanOrEqual(1e-6 * value + 1e-7);
      }
    }
  });
});
