import { beforeAll, describe, expect, test } from 'vitest';
import type { Engine } from '@vqforge/ort';
import { openEngine } from '@vqforge/ort/node';
import { fitHeads, type HeadsProgress } from '../../src/lpips/fit-heads.ts';
import { epochRate, UPSTREAM_HEADS_RECIPE, type HeadsRecipe } from '../../src/lpips/heads-recipe.ts';
import { randomHeads } from '../../src/lpips/ranking-network.ts';
import { tripletDistances } from '../../src/lpips/triplets.ts';
import { srocc } from '../../src/metrics/srocc.ts';
import { RandomStream } from '@vqforge/base';
import { trainError } from '../helpers/errors.ts';
import { inMemory, judgedBy } from './triplet-sets.ts';

const CHANNELS = 12;
/** Far apart, and some of them 0. */
const TRUE_HEADS = Float32Array.from({ length: CHANNELS }, (_, c) => (c % 3 === 0 ? 0 : c / CHANNELS));

const recipe = (changes: Partial<HeadsRecipe> = {}): HeadsRecipe => ({
  ...UPSTREAM_HEADS_RECIPE,
  learningRate: 1e-2,
  ...changes,
});

const start = (): Float32Array => randomHeads([CHANNELS], new RandomStream(0, 'weight-init', 1));

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine('wasm');
});

describe('training on triplets whose heads are known', () => {
  test.each(['network', 'logistic'] as const)('recovers their ranking, by %s', async (ranking) => {
    const statistics = judgedBy(TRUE_HEADS, 2000, 1);
    const { heads, epochs } = await fitHeads({
      engine,
      statistics,
      recipe: recipe({ ranking, epochs: 10, decayEpochs: 10 }),
      seed: 0,
      heads: start(),
    });
    expect(epochs.map(({ epoch }) => epoch)).toEqual(Array.from({ length: 20 }, (_, at) => at + 1));
    expect(epochs.at(-1)!.loss).toBeLessThan(0.5 * epochs.at(0)!.loss);
    expect(epochs.at(-1)!.accuracy).toBeGreaterThan(0.95);
    expect(heads.every((weight) => weight >= 0)).toBe(true);
    expect(srocc(heads, TRUE_HEADS)!).toBeGreaterThan(0.9);
    const unseen = judgedBy(TRUE_HEADS, 2000, 2);
    const { d0, d1 } = tripletDistances(unseen, heads);
    const agreed = unseen.judgements.filter(
      (judgement, i) => (d1.at(i) ?? NaN) < (d0.at(i) ?? NaN) === (judgement === 1),
    );
    // what the true heads themselves would have is 1
    expect(agreed.length / 2000).toBeGreaterThan(0.97);
  });
});

describe('the same bytes', () => {
  const options = () => ({
    engine,
    statistics: judgedBy(TRUE_HEADS, 130, 1),
    recipe: recipe({ epochs: 2, decayEpochs: 2 }),
    seed: 3,
    heads: start(),
  });

  test('twice, and from any epoch where training was interrupted', async () => {
    const stops: HeadsProgress[] = [];
    const whole = await fitHeads({ ...options(), onEpoch: (progress) => void stops.push(progress) });
    expect(await fitHeads(options())).toEqual(whole);
    expect(stops).toHaveLength(4);
    for (const resumeFrom of stops) expect(await fitHeads({ ...options(), resumeFrom })).toEqual(whole);
  });

  test('another seed gives others', async () => {
    expect((await fitHeads({ ...options(), seed: 4 })).heads).not.toEqual((await fitHeads(options())).heads);
  });

  test('an interrupt between two runs of the engine passes on', async () => {
    const interrupt = new Error('stop');
    const onSteps = (): void => {
      throw interrupt;
    };
    await expect(fitHeads({ ...options(), onSteps })).rejects.toBe(interrupt);
  });

  test('progress counts every step of every epoch', async () => {
    const seen: string[] = [];
    await fitHeads({ ...options(), onSteps: (done, total) => void seen.push(`${done}/${total}`) });
    expect(seen).toEqual(['3/12', '6/12', '9/12', '12/12']);
  });
});

test('5 + 5 epochs run at the rates of upstream’s trainer', () => {
  const rates = Array.from({ length: 10 }, (_, epoch) => epochRate(UPSTREAM_HEADS_RECIPE, epoch) / 1e-4);
  expect(rates.map((rate) => Math.round(rate * 10) / 10)).toEqual([1, 1, 1, 1, 1, 1, 0.8, 0.6, 0.4, 0.2]);
});

describe('what is refused', () => {
  const options = () => ({
    engine,
    statistics: judgedBy(TRUE_HEADS, 60, 1),
    recipe: recipe({ epochs: 1, decayEpochs: 0 }),
    seed: 0,
    heads: start(),
  });

  test.each([
    { epochs: 0 },
    { decayEpochs: -1 },
    { batchSize: 0 },
    { batchSize: 1.5 },
    { learningRate: 0 },
    { learningRate: Number.NaN },
  ])('recipe %j', async (changes) => {
    await expect(fitHeads({ ...options(), recipe: recipe(changes) })).rejects.toEqual(
      trainError('INVALID_RECIPE'),
    );
  });

  test('heads below 0, not finite, too few', async () => {
    for (const heads of [start().fill(-1, 0, 1), start().fill(Number.NaN, 0, 1), new Float32Array(3)])
      await expect(fitHeads({ ...options(), heads })).rejects.toEqual(trainError('INVALID_OPTION'));
  });

  test('no triplets', async () => {
    const statistics = inMemory(new Float32Array(), CHANNELS, new Float32Array());
    await expect(fitHeads({ ...options(), statistics })).rejects.toEqual(trainError('INVALID_OPTION'));
  });

  test('the progress of another training', async () => {
    const parts: HeadsProgress[] = [];
    await fitHeads({ ...options(), onEpoch: (progress) => void parts.push(progress) });
    const other = {
      ...options(),
      recipe: recipe({ ranking: 'logistic' as const }),
      resumeFrom: parts.at(0)!,
    };
    await expect(fitHeads(other)).rejects.toEqual(trainError('INVALID_OPTION'));
  });

  test('a loss that is not finite', async () => {
    const rows = new Float32Array(2 * CHANNELS * 60).fill(Infinity);
    const statistics = inMemory(rows, CHANNELS, new Float32Array(60));
    await expect(fitHeads({ ...options(), statistics })).rejects.toEqual(trainError('DIVERGED'));
  });
});

test('distances are the statistics weighted by the heads', () => {
  const statistics = inMemory(Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8), 2, new Float32Array(2));
  const { d0, d1 } = tripletDistances(statistics, Float32Array.of(10, 1));
  expect([...d0, ...d1]).toEqual([12, 56, 34, 78]);
});
