import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseHeadsMetrics, parseSidecar, type DistanceSidecar } from '@vqforge/artifact';
import { sha256 } from '@vqforge/base';
import { contentDigest, readWeights, selectHeads, selectTrunk } from '@vqforge/export';
import { audit } from '@vqforge/audit';
import { verifyRegistry } from '@vqforge/registry/node';
import { UPSTREAM_HEADS_RECIPE } from '@vqforge/train';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { rebuildLpips, trainLpips, type TrainLpipsResult } from '@vqforge/pipeline';
import type { TrainLpipsOptions } from '../../src/train-lpips/training-request.ts';
import { writeHeads, writeTrunk } from '../../../../testing/weights-files.ts';
import { temporaryRoot } from '../../../../testing/workspace.ts';
import { writeSet } from './small-bapps.ts';

/** Written once, read by all. */
let data: string;
let trunk: string;
let heads: string;
let root: string;

beforeAll(async () => {
  const folder = await temporaryRoot();
  data = join(folder, 'data');
  await writeSet(data, 'train/a', 12, 1);
  await writeSet(data, 'val/b', 6, 2);
  await writeSet(data, 'val/c', 4, 3);
  trunk = await writeTrunk(join(folder, 'trunk.safetensors'), 'squeeze');
  heads = await writeHeads(join(folder, 'heads.safetensors'), 'squeeze');
});

beforeEach(async () => {
  root = await temporaryRoot();
  await mkdir(join(root, 'cache'));
});

const options = (changes: Partial<TrainLpipsOptions> = {}): TrainLpipsOptions => ({
  dataset: data,
  trainSets: ['train/a'],
  validationSets: ['val/b', 'val/c'],
  resize: 'bilinear',
  skipDamaged: false,
  net: 'squeeze',
  version: '0.1',
  trunk,
  heads,
  untrainedTrunk: false,
  start: 'random',
  recipe: { ...UPSTREAM_HEADS_RECIPE, epochs: 2, decayEpochs: 1, batchSize: 5, learningRate: 1e-3 },
  seed: 0,
  // the engine that takes milliseconds where the reproducible one takes its time: on one machine it is the same twice
  engine: 'native',
  workers: 2,
  cache: join(root, 'cache'),
  id: 'my_lpips',
  outputs: {},
  export: true,
  root,
  packageVersion: '0.1.0',
  now: () => 0,
  ...changes,
});

const pipelineError = (code: string): unknown => expect.objectContaining({ name: 'PipelineError', code });
const bappsError = (code: string): unknown => expect.objectContaining({ name: 'BappsError', code });

/** The files of a run by name, as digests; environment.json is of the machine. */
async function outputs({ written }: TrainLpipsResult): Promise<Record<string, string>> {
  const digests = written
    .filter(({ path }) => !path.endsWith('environment.json'))
    .map(async ({ path, sha256: recorded }) => {
      const digest = sha256(await readFile(path));
      expect(digest).toBe(recorded);
      return [path.replace(root, ''), digest] as const;
    });
  return Object.fromEntries(await Promise.all(digests));
}

describe('a run that ships', () => {
  test('pins a graph of trained heads with its lineage, which verifies, audits and can be made again', async () => {
    const { metrics } = await trainLpips(options({ engine: 'wasm' }));
    expect(metrics).toMatchObject({
      shipped: true,
      reproducible: true,
      gate: { passed: true, against: 'heads' },
    });
    expect(metrics.epochs.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
    expect(metrics.dataset.validation).toMatchObject({
      n_triplets: 10,
      sets: [
        { set: 'val/b', triplets: 6 },
        { set: 'val/c', triplets: 4 },
      ],
    });
    expect(parseHeadsMetrics(await readFile(join(root, 'runs/my_lpips/metrics.json')))).toEqual(metrics);

    const file = await readFile(join(root, 'runs/my_lpips/heads.safetensors'));
    const trained = selectHeads(readWeights(file).stateDict, 'squeeze');
    const frozen = selectTrunk(readWeights(await readFile(trunk)).stateDict, 'squeeze');
    const sidecarBytes = await readFile(join(root, 'model/tiny/my_lpips.json'));
    const sidecar = parseSidecar(sidecarBytes) as DistanceSidecar;
    // the trunk went in as it came out: only heads are trained and clamped
    expect(sidecar.weights).toEqual({ trunk: contentDigest(frozen), heads: contentDigest(trained) });
    expect(metrics.heads_digest).toBe(contentDigest(trained));
    expect(sidecar.run_provenance).toMatchObject({
      entrypoint: { command: 'vqforge train lpips' },
      args: { seed: 0, ranking: 'network', train_sets: ['train/a'] },
      inputs: {
        trunk: contentDigest(frozen),
        train: metrics.dataset.train.content_digest,
        validation: metrics.dataset.validation.content_digest,
      },
      outputs: { heads: contentDigest(trained), onnx: sidecar.sha256 },
    });

    const report = await verifyRegistry({ registry: join(root, 'model/tiny') });
    expect(report.findings.filter(({ severity }) => severity === 'error')).toEqual([]);
    const { findings } = await audit({ root, today: '2026-11-21' });
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);

    const made = await rebuildLpips(sidecar, {
      from: [join(root, 'runs'), join(trunk, '..')],
      version: '0.1.0',
    });
    expect(made).toMatchObject({ sidecar: expect.anything() });
    if ('missing' in made) throw new Error('weights are missing');
    expect(sha256(made.onnx)).toBe(sidecar.sha256);
    expect(Buffer.compare(made.sidecar, sidecarBytes)).toBe(0);
  });
});

describe('the same bytes', () => {
  /** Places to interrupt a run at: in either pass, and in the second epoch. */
  const PLACES = [
    { triplet: 3, step: Infinity },
    { triplet: 17, step: Infinity },
    { triplet: Infinity, step: 6 },
  ];

  test('with another number of threads, and after an interrupt at any place', async () => {
    const run = { export: false };
    const whole = await trainLpips(options(run));
    const expected = await outputs(whole);
    expect(whole.computed).toBe(22);
    for (const place of PLACES) {
      await rm(join(root, 'runs'), { recursive: true });
      const controller = new AbortController();
      let triplets = 0;
      const observer = {
        triplet: () => {
          if (++triplets === place.triplet) controller.abort();
        },
        step: (done: number) => {
          if (done === place.step) controller.abort();
        },
      };
      const interrupted = trainLpips(options({ ...run, workers: 1, signal: controller.signal, observer }));
      await expect(interrupted).rejects.toEqual(pipelineError('INTERRUPTED'));
      let resumed = 0;
      const again = await trainLpips(
        options({ ...run, observer: { resumed: (epochs) => (resumed = epochs) } }),
      );
      // what was done is not done again
      expect(again.computed).toBeLessThanOrEqual(Math.max(0, 22 - place.triplet));
      expect(resumed).toBe(place.step === Infinity ? 0 : 1);
      expect(await outputs(again)).toEqual(expected);
    }
  });

  test('another run over the same sets passes no image through the trunk', async () => {
    const runs = { export: false, id: 'other' };
    await trainLpips(options(runs));
    const recipe = { ...options().recipe, ranking: 'logistic' as const };
    const convex = await trainLpips(options({ ...runs, recipe }));
    expect(convex.computed).toBe(0);
    expect(convex.metrics.heads_digest).not.toBe((await trainLpips(options(runs))).metrics.heads_digest);
  });
});

test('rows that are of other triplets, or damaged on disk, are computed again', async () => {
  const run = { export: false };
  const first = await trainLpips(options(run));
  const kept = join(root, 'runs/statistics');
  for (const name of (await readdir(kept)).filter((entry) => entry.endsWith('.f32'))) {
    const bytes = await readFile(join(kept, name));
    // the digest of the first row, and the end of the last
    bytes.fill(
      0,
      bytes.length / (name.includes('train') ? 12 : 10) - 4,
      bytes.length / (name.includes('train') ? 12 : 10),
    );
    await writeFile(join(kept, name), bytes.subarray(0, -1));
    await rm(join(kept, `${name}.json`));
  }
  const again = await trainLpips(options(run));
  expect(again.computed).toBe(4);
  expect(again.metrics).toEqual(first.metrics);
});

test('a damaged triplet is refused, or left out and counted', async () => {
  const damaged = join(root, 'damaged');
  await cp(data, damaged, { recursive: true });
  await writeFile(join(damaged, '2afc/train/a/p0/000003.png'), 'no picture');
  const run = { export: false, dataset: damaged };
  await expect(trainLpips(options(run))).rejects.toEqual(bappsError('DAMAGED_DATASET'));
  const { metrics } = await trainLpips(options({ ...run, skipDamaged: true }));
  expect(metrics.dataset.train).toMatchObject({
    n_triplets: 11,
    skipped: 1,
    sets: [{ set: 'train/a', triplets: 11 }],
  });
});

describe('variants', () => {
  test('an untrained trunk is a function of the seed, held against no heads', async () => {
    const untrained = { untrainedTrunk: true, export: false, id: 'untrained' };
    const { heads: _, ...rest } = options(untrained);
    const { metrics } = await trainLpips(rest);
    expect(metrics).toMatchObject({
      shipped: false,
      gate: { against: 'baseline' },
      validation: { given: null },
    });
    const other = await trainLpips({ ...rest, seed: 1 });
    expect(other.metrics.run_provenance.inputs?.['trunk']).not.toBe(metrics.run_provenance.inputs?.['trunk']);
  });

  test('heads that there are can be where training begins', async () => {
    const { metrics } = await trainLpips(options({ start: 'heads', export: false }));
    expect(metrics.validation.start).toEqual(metrics.validation.given);
  });
});

describe('the gate', () => {
  test('refuses heads that are worse than what they are held against, and leaves the registry alone', async () => {
    // the same pictures, judged by people who prefer the worse one
    const wrong = await temporaryRoot();
    await writeSet(wrong, 'train/a', 30, 2, { inverted: true });
    await writeSet(wrong, 'val/b', 30, 2);
    const recipe = { ...options().recipe, ranking: 'logistic' as const, epochs: 20, learningRate: 0.05 };
    const result = await trainLpips(options({ dataset: wrong, validationSets: ['val/b'], recipe }));
    expect(result.metrics).toMatchObject({ shipped: false, gate: { passed: false }, artifacts: null });
    expect(result.metrics.gate.reasons).toHaveLength(1);
    expect(result.written.map(({ path }) => path.replace(root, ''))).toEqual(['/runs/my_lpips/metrics.json']);
    expect(await readdir(join(root, 'model/tiny'))).toEqual([]);
  });
});

describe('what is refused before anything is computed', () => {
  test.each([
    ['no name', { id: undefined }, 'BAD_NAME'],
    ['the name of a pinned model', { id: 'vmaf_tiny_lpips_sq_v1' }, 'BAD_NAME'],
    ['an untrained trunk to ship', { untrainedTrunk: true }, 'UNPUBLISHABLE'],
    ['a model beyond a registry’s cap', { net: 'vgg' }, 'UNPUBLISHABLE'],
    ['weights that are nowhere', { trunk: undefined }, 'MISSING_WEIGHTS'],
    ['to begin with heads that are nowhere', { heads: undefined, start: 'heads' }, 'MISSING_WEIGHTS'],
    ['a set that is not there', { trainSets: ['train/none'] }, 'UNKNOWN_SET'],
  ] as const)('%s', async (_, changes, code) => {
    let seen = 0;
    const chosen = { ...options(), ...changes, observer: { triplet: () => void seen++ } };
    const given = Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== undefined));
    await expect(trainLpips(given as unknown as TrainLpipsOptions)).rejects.toEqual(
      expect.objectContaining({ code }),
    );
    expect(seen).toBe(0);
  });

  test('a recipe that cannot be', async () => {
    const observer = { triplet: () => expect.unreachable() };
    const recipe = { ...options().recipe, learningRate: 0 };
    await expect(trainLpips(options({ recipe, observer }))).rejects.toMatchObject({ code: 'INVALID_RECIPE' });
  });

  test('trained heads in the place of the given ones', async () => {
    const own = join(root, 'runs/my_lpips/heads.safetensors');
    await mkdir(join(root, 'runs/my_lpips'), { recursive: true });
    await writeFile(own, await readFile(heads));
    await expect(trainLpips(options({ heads: own }))).rejects.toEqual(pipelineError('BAD_OUTPUT'));
    expect(await readFile(own)).toEqual(await readFile(heads));
  });
});
