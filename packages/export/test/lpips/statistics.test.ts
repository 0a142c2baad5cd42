import { describe, expect, test } from 'vitest';
import { flatHeads, tapChannels } from '../../src/weights/lpips-heads.ts';
import { lpipsModel } from '../../src/lpips/lpips-model.ts';
import { lpipsStatisticsModel } from '../../src/lpips/statistics-model.ts';
import { type LpipsNet } from '../../src/weights/lpips-tensors.ts';
import { generatedWeights } from './helpers/generated-weights.ts';
import { noise, shaken } from './helpers/images.ts';
import { openScorer } from './helpers/scorer.ts';
import { caseTable } from '../../../../testing/case-table.ts';

/** Float32 rounding of a distance of 1, over sums of a few thousand terms. */
const ROUNDING = 1e-6;

// VGG16 is 20 times larger
describe.each(caseTable<LpipsNet>(['squeeze', 'alex'], ['vgg']))('statistics of %s', (net) => {
  const weights = generatedWeights(net);
  const side = net === 'vgg' ? 32 : 64;
  const ref = noise(side, side, 1);
  const dists = [shaken(ref, 30, 2), noise(side, side, 3), ref];

  test('weighted by the heads they are the distance, one image after another', async () => {
    const statistics = await openScorer(lpipsStatisticsModel(weights));
    const score = await openScorer(lpipsModel(weights));
    const { statistics: means } = await statistics([ref], dists);
    const { score: scores } = await score([ref], dists);
    const heads = flatHeads(weights.heads);
    expect(means?.dims).toEqual([dists.length, heads.length]);
    expect(tapChannels(net).reduce((sum, channels) => sum + channels, 0)).toBe(heads.length);
    const distances = dists.map((_, image) =>
      heads.reduce((sum, weight, c) => sum + weight * (means!.data[image * heads.length + c] as number), 0),
    );
    distances.forEach((distance, image) =>
      expect(Math.abs(distance - (scores!.data[image] as number))).toBeLessThanOrEqual(ROUNDING),
    );
    expect(distances.at(-1)).toBe(0);
    expect(distances.at(0)).toBeGreaterThan(0.001);
  });
});
