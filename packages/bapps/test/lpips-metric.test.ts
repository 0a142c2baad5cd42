import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sha256 } from '@vqforge/base';
import { lpipsModel, readWeights, selectHeads, selectTrunk } from '@vqforge/export';
import { lpipsMetric } from '@vqforge/bapps';
import { Lpips } from '@vqforge/runtime';
import { openModel } from '@vqforge/runtime/node';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ReusedPlanes, runPacked } from '../src/lpips-run.ts';
import { writeHeads, writeTrunk } from '../../../testing/weights-files.ts';
import { temporaryRoot } from '../../../testing/workspace.ts';
import { noise } from './sets.ts';

type Metric = Awaited<ReturnType<typeof lpipsMetric>>;

let registry: string;
let model: string;
const opened: { close(): Promise<void> }[] = [];

/** LPIPS of SqueezeNet with generated weights: its distances mean nothing, and are computed all the same. */
beforeAll(async () => {
  registry = await temporaryRoot();
  model = join(registry, 'generated.onnx');
  const [trunk, heads] = [
    await readFile(await writeTrunk(join(registry, 'trunk.safetensors'), 'squeeze')),
    await readFile(await writeHeads(join(registry, 'heads.safetensors'), 'squeeze')),
  ];
  await writeFile(
    model,
    lpipsModel({
      net: 'squeeze',
      version: '0.1',
      trunk: selectTrunk(readWeights(trunk).stateDict, 'squeeze'),
      heads: selectHeads(readWeights(heads).stateDict, 'squeeze'),
    }),
  );
});

afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

const KIND = { baseline: false, net: 'squeeze', version: '0.1' } as const;

async function open(change: Partial<Parameters<typeof lpipsMetric>[0]> = {}): Promise<Metric> {
  const metric = await lpipsMetric({
    ...KIND,
    registry,
    model,
    allowUnregistered: true,
    workers: 1,
    ...change,
  });
  opened.push(metric);
  return metric;
}

const patch = (seed: number): Uint8Array => noise(3 * 64 * 64, seed);
const TRIPLETS = [0, 1, 2, 3, 4].map((n) => ({
  reference: patch(3 * n),
  distorted: [patch(3 * n + 1), patch(3 * n + 2)],
}));

test('closed while it runs, each thread ends between two runs', async () => {
  const metric = await open({ workers: 2 });
  // terminated within a run, onnxruntime-node would abort the process, and this test with it
  const running = Array.from({ length: 40 }, () => metric.distances(TRIPLETS));
  const ended = Promise.allSettled(running);
  await running[0];
  await metric.close();
  const rejected = (await ended).filter(({ status }) => status === 'rejected');
  expect(rejected.length).toBeGreaterThan(0);
});

/** ImageNet's normalisation, from its definition: planes of (byte / 255 − mean) / deviation. */
function planes(rgb: Uint8Array): Float32Array {
  const [mean, deviation] = [
    [0.485, 0.456, 0.406],
    [0.229, 0.224, 0.225],
  ] as const;
  return Float32Array.from({ length: rgb.length }, (_, at) => {
    const [channel, pixel] = [Math.floor(at / 4096), at % 4096];
    return (
      ((rgb[3 * pixel + channel] as number) / 255 - (mean[channel] as number)) /
      (deviation[channel] as number)
    );
  });
}

test('distances are those of the exported model, which it names by digest', async () => {
  const metric = await open();
  const direct = await openModel({ registry, model, allowUnregistered: true, threads: 1, device: 'cpu' });
  opened.push(direct);
  const bytes = await readFile(model);
  expect(metric.description).toMatchObject({
    name: 'lpips',
    net: 'squeeze',
    version: '0.1',
    id: null,
    sha256: sha256(bytes),
  });
  for (const triplet of TRIPLETS) {
    const expected: number[] = [];
    for (const distorted of triplet.distorted) {
      const { score } = await direct.run({
        ref: { type: 'float32', dims: [1, 3, 64, 64], data: planes(triplet.reference) },
        dist: { type: 'float32', dims: [1, 3, 64, 64], data: planes(distorted) },
      });
      expected.push((score as { data: Float32Array }).data[0] as number);
    }
    const [distances] = await metric.distances([triplet]);
    expect(distances?.every((distance) => distance > 0)).toBe(true);
    // one run for two images rounds float32 otherwise than one for each
    distances?.forEach((distance, at) =>
      expect(Math.abs(distance / (expected[at] as number) - 1)).toBeLessThan(1e-5),
    );
  }
});

test('the same patch is at distance 0', async () => {
  const reference = patch(1);
  expect(await (await open()).distances([{ reference, distorted: [reference, reference] }])).toEqual([
    [0, 0],
  ]);
});

test('equal patches are at equal distances, wherever they stand', async () => {
  const metric = await open();
  for (const { reference, distorted } of TRIPLETS) {
    const [a, b] = distorted as [Uint8Array, Uint8Array];
    const groups = [
      { reference, distorted: [a, b, Uint8Array.from(a)] },
      { reference, distorted: [b, b] },
    ];
    const [three, two] = (await metric.distances(groups)) as [number[], number[]];
    expect(three[2]).toBe(three[0]);
    expect(three[1]).not.toBe(three[0]);
    expect(two[1]).toBe(two[0]);
  }
});

test('several sessions, and several triplets at once, give the distances of one', async () => {
  const one = await open();
  const expected: number[][] = [];
  for (const triplet of TRIPLETS) expected.push(...(await one.distances([triplet])));
  const three = await open({ workers: 3 });
  const parallel = await Promise.all(TRIPLETS.map((triplet) => three.distances([triplet])));
  expect(parallel.flat()).toEqual(expected);
  expect(await three.distances(TRIPLETS)).toEqual(expected);
});

test('a run for all of them, as accelerators want it, gives them too', async () => {
  const one = await open();
  const lpips = Lpips.of(
    await openModel({ registry, model, allowUnregistered: true, threads: 1, device: 'cpu' }),
  );
  opened.push(lpips.model);
  const pixels = new Uint8Array(
    Buffer.concat(TRIPLETS.flatMap(({ reference, distorted }) => [reference, ...distorted])),
  );
  const packed = { pixels, counts: TRIPLETS.map(() => 2) };
  const joined = await runPacked(lpips, packed, true, new ReusedPlanes());
  const expected = (await one.distances(TRIPLETS)).flat();
  expect(joined.length).toBe(expected.length);
  // more images in a run round float32 otherwise
  joined.forEach((distance, at) =>
    expect(Math.abs(distance / (expected[at] as number) - 1)).toBeLessThan(1e-5),
  );
});

test('a model that fails in its thread is said to', async () => {
  const metric = await open();
  const broken = { reference: patch(1).subarray(0, 100), distorted: [patch(2)] };
  await expect(metric.distances([broken])).rejects.toMatchObject({ code: 'RUN_FAILED' });
  await metric.close();
  await expect(metric.distances(TRIPLETS)).rejects.toMatchObject({ code: 'RUN_FAILED' });
});

test('a net that the registry does not have is asked for by what makes it', async () => {
  await writeFile(join(registry, 'registry.json'), '{"models": [], "schema_version": 2}\n');
  await expect(lpipsMetric({ ...KIND, net: 'alex', registry, workers: 1 })).rejects.toMatchObject({
    code: 'MISSING_WEIGHTS',
    message: expect.stringContaining('vqforge export lpips --net alex --version 0.1 --id') as string,
  });
});

const PINNED = fileURLToPath(new URL('../../../model/tiny/', import.meta.url));
const isThere = existsSync(join(PINNED, 'lpips_sq.onnx'));
if (!isThere) console.warn('skipped: distances of the pinned LPIPS model, which is not in model/tiny');

describe.skipIf(!isThere)('the pinned model', () => {
  test('is found by net and version', async () => {
    const metric = await lpipsMetric({ ...KIND, registry: PINNED, workers: 1 });
    opened.push(metric);
    expect(metric.description).toMatchObject({
      id: 'vmaf_tiny_lpips_sq_v1',
      net: 'squeeze',
      version: '0.1',
      name: 'lpips',
    });
  });
});
