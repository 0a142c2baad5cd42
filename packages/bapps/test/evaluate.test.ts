import { execFileSync } from 'node:child_process';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import type { EvaluationDocument } from '@vqforge/artifact';
import { evaluate, type Comparison, type EvaluateOptions, type PatchMetric } from '@vqforge/bapps';
import { temporaryRoot } from '../../../testing/workspace.ts';
import { noise, writePair, writeTriplet } from './sets.ts';

let folder: string;

beforeEach(async () => {
  folder = join(await temporaryRoot(), 'bapps');
});

/** Distances that are read off the patches: the seed of a picture of noise is known by its first bytes. */
function knownDistances(
  distances: ReadonlyMap<number, number>,
  delay = false,
): PatchMetric & { calls: number[] } {
  const seeds = new Map(Array.from({ length: 400 }, (_, seed) => [String(noise(6, seed)), seed]));
  const of = (patch: Uint8Array): number =>
    distances.get(seeds.get(String(patch.slice(0, 6))) as number) as number;
  const calls: number[] = [];
  return {
    description: { name: 'l2', colorspace: 'RGB' },
    parallel: 4,
    calls,
    distances: async (comparisons: readonly Comparison[]) => {
      calls.push(comparisons.length);
      // later calls may be answered earlier
      if (delay) await new Promise((resolve) => setTimeout(resolve, 20 - calls.length));
      return comparisons.map(({ distorted }) => distorted.map(of));
    },
    close: () => Promise.resolve(),
  };
}

/** p0, p1, judge, by number: a tie, fractions, a unanimous one, and one where people disagree with the metric. */
const TRIPLETS: readonly (readonly [number, number, number])[] = [
  [0.1, 0.2, 0],
  [0.4, 0.3, 0.8],
  [0.5, 0.5, 0.2],
  [0.1, 0.9, 1],
  [0.7, 0.6, 0.4],
];

async function writeTriplets(
  set: string,
  order: readonly number[] = [0, 1, 2, 3, 4],
): Promise<Map<number, number>> {
  const distances = new Map<number, number>();
  for (const n of order) {
    const [d0, d1, judge] = TRIPLETS[n] as readonly [number, number, number];
    await writeTriplet(folder, set, n, judge);
    distances.set(10 * n + 1, d0);
    distances.set(10 * n + 2, d1);
  }
  return distances;
}

function run(metric: PatchMetric, change: Partial<EvaluateOptions> = {}): Promise<EvaluationDocument> {
  return evaluate({
    dataset: folder,
    mode: '2afc',
    sets: ['val/a'],
    metric,
    batchSize: 1,
    bootstrap: { resamples: 200, seed: 0 },
    ...change,
  });
}

test('2AFC: score, human agreement, ties and disagreements of a set', async () => {
  const metric = knownDistances(await writeTriplets('val/a'));
  const { sets, means, damaged } = await run(metric);
  expect(means).toEqual([]);
  expect(damaged).toEqual([]);
  const [set] = sets;
  expect(set).toMatchObject({ set: 'val/a', count: 5, ties: 1 });
  // (1 + 0.8 + 0.5 + 0 + 0.4) / 5
  expect(set?.score).toBeCloseTo(0.54, 12);
  // (1 + 0.68 + 0.68 + 1 + 0.52) / 5
  expect(set?.human).toBeCloseTo(0.776, 12);
  expect(set?.interval?.low).toBeLessThan(0.54);
  expect(set?.interval?.high).toBeGreaterThan(0.54);
  expect(set?.disagreements?.map(({ id }) => id)).toEqual(['000003', '000004']);
  expect(set).not.toHaveProperty('published');
});

test.each([1, 2, 3, 5, 50])(
  'answers are the same in batches of %i, and in whatever order they come',
  async (batchSize) => {
    const distances = await writeTriplets('val/a');
    const one = await run(knownDistances(distances));
    const metric = knownDistances(distances, true);
    expect(await run(metric, { batchSize })).toEqual(one);
    expect(metric.calls.reduce((a, b) => a + b, 0)).toBe(5);
    expect(Math.max(...metric.calls)).toBe(Math.min(batchSize, 5));
  },
);

test('the order in which files were written, and of sets, changes no score', async () => {
  const distances = await writeTriplets('val/a');
  await writeTriplets('val/b', [1, 3]);
  const first = await run(knownDistances(distances), { sets: ['val/a', 'val/b'] });
  await rm(folder, { recursive: true });
  await writeTriplets('val/b', [3, 1]);
  await writeTriplets('val/a', [4, 2, 0, 3, 1]);
  const second = await run(knownDistances(distances), { sets: ['val/b', 'val/a'] });
  expect(second.sets.toReversed()).toEqual(first.sets);
  expect(second.dataset.sha256).toBe(first.dataset.sha256);
  expect(second.means[0]?.score).toBe(first.means[0]?.score);
});

test('other names change no 2AFC score', async () => {
  const distances = await writeTriplets('val/a');
  const first = await run(knownDistances(distances));
  for (const [role, ending] of [
    ['ref', 'png'],
    ['p0', 'png'],
    ['p1', 'png'],
    ['judge', 'npy'],
  ] as const) {
    const place = join(folder, '2afc/val/a', role);
    for (const n of [0, 1, 2, 3, 4])
      await rename(join(place, `00000${n}.${ending}`), join(place, `x${4 - n}.${ending}`));
  }
  const second = await run(knownDistances(distances));
  expect(second.sets[0]?.score).toBeCloseTo(first.sets[0]?.score as number, 12);
});

test('means are over sets, each counting the same', async () => {
  const distances = await writeTriplets('val/traditional');
  await writeTriplets('val/cnn', [0]);
  const { sets, means } = await run(knownDistances(distances), { sets: ['val/traditional', 'val/cnn'] });
  expect(sets.map(({ score }) => score?.toFixed(2))).toEqual(['0.54', '1.00']);
  expect(means).toMatchObject([{ mean: 'all', sets: ['val/traditional', 'val/cnn'] }]);
  expect(means[0]?.score).toBeCloseTo(0.77, 12);
  expect(means[0]?.human).toBeCloseTo((0.776 + 1) / 2, 12);
});

test('the means of the paper are given where all of its sets are there', async () => {
  const sets = ['traditional', 'cnn', 'superres', 'deblur', 'color', 'frameinterp'].map(
    (set) => `val/${set}`,
  );
  let distances = new Map<number, number>();
  for (const set of sets) distances = await writeTriplets(set);
  // without naming them: they are the default
  const { means } = await evaluate({
    dataset: folder,
    mode: '2afc',
    metric: knownDistances(distances),
    batchSize: 1,
    bootstrap: { resamples: 10, seed: 0 },
  });
  expect(means.map(({ mean, sets: members }) => [mean, members?.length])).toEqual([
    ['distortions', 2],
    ['real algorithms', 4],
    ['all', 6],
  ]);
});

/** distance, same. */
async function writePairs(
  set: string,
  pairs: readonly (readonly [number, number])[],
): Promise<Map<number, number>> {
  const distances = new Map<number, number>();
  for (const [n, [distance, same]] of pairs.entries()) {
    await writePair(folder, set, n, same);
    distances.set(10 * n + 1, distance);
  }
  return distances;
}

test('JND: average precision, and the mean of sets', async () => {
  const pairs = [
    [0.3, 0.5],
    [0.1, 1],
    [0.2, 0],
    [0.2, 0],
  ] as const;
  await writePairs('val/b', pairs.slice(0, 2));
  const metric = knownDistances(await writePairs('val/a', pairs));
  const { sets, means } = await run(metric, { mode: 'jnd', sets: ['val/a', 'val/b'] });
  expect(sets).toMatchObject([
    { set: 'val/a', count: 4, ties: 2 },
    { set: 'val/b', count: 2, ties: 0 },
  ]);
  // in order: 1, 0, 0, 0.5; precisions 1, 1/2, 1/3, 3/8; recalls 2/3, 2/3, 2/3, 1
  expect(sets[0]?.score).toBeCloseTo(2 / 3 + (1 / 3) * (3 / 8), 12);
  // 1, 0.5: precisions 1, 3/4
  expect(sets[1]?.score).toBeCloseTo(2 / 3 + (1 / 3) * (3 / 4), 12);
  expect(means).toMatchObject([{ mean: 'mAP' }]);
  expect(sets[0]).not.toHaveProperty('human');
});

test('JND sets of one class: all the same is 1, none the same has no score, nor has the mean', async () => {
  const all = await writePairs('val/a', [
    [0.3, 1],
    [0.1, 1],
    [0.1, 1],
  ]);
  await writePairs('val/b', [
    [0.3, 0],
    [0.1, 0],
  ]);
  const { sets, means } = await run(knownDistances(all), { mode: 'jnd', sets: ['val/a', 'val/b'] });
  expect(sets).toMatchObject([
    { score: 1, interval: { low: 1, high: 1 } },
    { score: null, interval: null, reason: expect.stringContaining('no observer') as string },
  ]);
  expect(means).toMatchObject([{ score: null, interval: null, reason: 'val/b has no score' }]);
});

test('what is damaged ends it, or is left out and listed', async () => {
  const metric = knownDistances(await writeTriplets('val/a'));
  await writeFile(join(folder, '2afc/val/a/p0/000003.png'), 'nothing');
  await rm(join(folder, '2afc/val/a/judge/000004.npy'));
  await expect(run(metric)).rejects.toMatchObject({ code: 'DAMAGED_DATASET' });
  const { sets, damaged } = await run(metric, { skipDamaged: true });
  expect(damaged.map(({ id }) => id)).toEqual(['000004', '000003']);
  expect(sets[0]?.count).toBe(3);
  expect(sets[0]?.score).toBeCloseTo((1 + 0.8 + 0.5) / 3, 12);
});

test('a set of which nothing is left is an error', async () => {
  const metric = knownDistances(await writeTriplets('val/a', [0]));
  await writeFile(join(folder, '2afc/val/a/p0/000000.png'), 'nothing');
  await expect(run(metric, { skipDamaged: true })).rejects.toMatchObject({ code: 'EMPTY_SET' });
});

test('tells how far it is, and ends when it is interrupted', async () => {
  const metric = knownDistances(await writeTriplets('val/a'));
  const said: (readonly [number, number])[] = [];
  await run(metric, { progress: (done, total) => said.push([done, total]), batchSize: 2 });
  expect(said).toEqual([
    [2, 5],
    [4, 5],
    [5, 5],
  ]);
  await expect(run(metric, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'INTERRUPTED' });
});

test('a failure of the metric ends it', async () => {
  const metric = {
    ...knownDistances(await writeTriplets('val/a')),
    distances: () => Promise.reject(new Error('no')),
  };
  await expect(run(metric)).rejects.toThrow('no');
});

test('a program given as text may evaluate: its flags are not for its threads', async () => {
  await writeTriplets('val/a');
  const program = `
    import { classicMetric, evaluate } from '@vqforge/bapps';
    const metric = classicMetric({ name: 'l2', colorspace: 'RGB', bugCompatible: false });
    const { sets } = await evaluate({ dataset: ${JSON.stringify(folder)}, mode: '2afc', sets: ['val/a'], metric, batchSize: 1,
      bootstrap: { resamples: 10, seed: 0 } });
    console.log(sets[0].count);`;
  const command = ['--input-type=module', '--eval', program];
  const { dirname: cwd } = import.meta;
  expect(execFileSync(process.execPath, command, { cwd, encoding: 'utf8' })).toBe('5\n');
});
