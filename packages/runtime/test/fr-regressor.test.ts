import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { RegressorSidecar } from '@vqforge/artifact';
import { decodeModel } from '@vqforge/onnx';
import { FrRegressor, TRUST } from '@vqforge/runtime';
import { openModel, type OpenModel } from '@vqforge/runtime/node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { generator } from '../../../testing/generator.ts';
import { codeOf, lpipsRegistry, regressorRegistry } from '../../../testing/runtime-models.ts';

const PINNED = fileURLToPath(new URL('../../../model/tiny', import.meta.url));

let model: OpenModel;
let regressor: FrRegressor;

beforeAll(async () => {
  model = await openModel({ registry: await regressorRegistry(), model: 'linear_v1' });
  regressor = FrRegressor.of(model);
});

afterAll(() => model.close());

/** The linear model in float64, on features as they come: mean 0.5 and 4, deviation 0.25 and 2. */
function expected(adm2: number, motion2: number): number {
  return (2 * (adm2 - 0.5)) / 0.25 + (motion2 - 4) / 2 + 50;
}

test('features are standardised here', async () => {
  const rows = [
    [0.5, 4],
    [0.75, 2],
    [0.123, 7.5],
  ] as const;
  const { scores, raw, clipped, outOfRange } = await regressor.score(Float64Array.from(rows.flat()));
  expect(regressor.featureOrder).toStrictEqual(['adm2', 'motion2']);
  rows.forEach(([adm2, motion2], row) => {
    // float32 at 50 has steps of 4e-6
    expect(Math.abs((scores[row] as number) - expected(adm2, motion2))).toBeLessThan(1e-5);
  });
  expect([raw, clipped, outOfRange]).toStrictEqual([scores, 0, 0]);
});

test('scores are brought into range and counted; raw ones are kept', async () => {
  const { scores, raw, clipped } = await regressor.score(Float64Array.of(0.5, 4, 0.5, 124, 0.5, -116));
  expect([...raw]).toStrictEqual([50, 110, -10]);
  expect([...scores]).toStrictEqual([50, 100, 0]);
  expect(clipped).toBe(2);
});

test('rows outside the range of training are counted, the ends of the range are inside', async () => {
  const rows = [0.1, 0, 0.9, 16, 0.05, 4, 0.5, 17, 0.95, -1];
  expect((await regressor.score(Float64Array.from(rows))).outOfRange).toBe(3);
  // 0.1 and 0.9 in float32 are above 0.1 and below 0.9 in float64 or the other way round
  expect((await regressor.score(Float32Array.from(rows))).outOfRange).toBe(3);
});

test('rows beyond one run are scored in parts', async () => {
  const features = new Float64Array(2 * 20_000).map((_, i) => (i % 2 === 0 ? 0.5 : (i % 100) / 10));
  const { scores } = await regressor.score(features);
  expect(scores.length).toBe(20_000);
  expect(
    scores.every((score, row) => Math.abs(score - expected(0.5, features[2 * row + 1] as number)) < 1e-5),
  ).toBe(true);
});

test('calls under way at the same time keep to their own rows', async () => {
  const values = Array.from({ length: 10 }, (_, i) => i);
  const calls = values.map((motion2) => regressor.score(Float64Array.of(0.5, motion2)));
  const raw = (await Promise.all(calls)).map((answer) => answer.raw[0]);
  expect(raw).toStrictEqual(values.map((motion2) => expected(0.5, motion2)));
});

test.each([
  ['no rows', []],
  ['half a row', [1, 2, 3]],
])('%s are refused', async (_, values) => {
  expect(await codeOf(() => regressor.score(Float64Array.from(values)))).toBe('INVALID_TENSOR');
});

test.each([
  ['NaN', NaN],
  ['infinity', -Infinity],
  ['what is none in float32', 1e39],
])('%s is refused by row and feature', async (_, value) => {
  const scoring = regressor.score(Float64Array.of(0.5, 4, 0.5, value));
  await expect(scoring).rejects.toMatchObject({
    code: 'NOT_FINITE',
    message: expect.stringContaining('motion2 of row 1'),
  });
});

test('a graph that standardises by itself gets features as they are', async () => {
  const registry = await regressorRegistry('graph_v1', { input_standardised_by: 'graph' });
  const own = await openModel({ registry, model: 'graph_v1' });
  expect([...(await FrRegressor.of(own).score(Float64Array.of(0.5, 4))).raw]).toStrictEqual([55]);
  await own.close();
});

test('an LPIPS model is none', async () => {
  const other = await openModel({ registry: await lpipsRegistry(), model: 'vmaf_tiny_lpips_sq_v1' });
  expect(await codeOf(() => FrRegressor.of(other))).toBe('WRONG_KIND');
  await other.close();
});

/** erf by its series of positive terms (Abramowitz and Stegun 7.1.6), in float64. */
function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let [term, sum] = [x, x];
  for (let n = 1; term !== 0 && n < 200; n++) sum += term *= (2 * x * x) / (2 * n + 1);
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

function gelu(x: number): number {
  return (x / 2) * (1 + erf(x / Math.SQRT2));
}

test('the pinned regressor is the network of its weights, computed in float64', async () => {
  const pinned = await openModel({ registry: PINNED, model: 'fr_regressor_v1' });
  const { graph } = decodeModel(await readFile(pinned.path));
  const weights = (name: string): Float32Array => {
    const raw = Uint8Array.from(graph.initializers.find((tensor) => tensor.name === name)?.raw ?? []);
    return new Float32Array(raw.buffer);
  };
  const layer = (x: readonly number[], name: string): number[] => {
    const [weight, bias] = [weights(`${name}.weight`), weights(`${name}.bias`)];
    return Array.from(bias, (b, row) =>
      x.reduce((sum, v, i) => sum + v * (weight[row * x.length + i] as number), b),
    );
  };
  const sidecar = pinned.sidecar as RegressorSidecar;
  const random = generator(5);
  const rows = Array.from({ length: 200 }, () =>
    sidecar.feature_min.map((min, i) => min + random() * ((sidecar.feature_max[i] as number) - min)),
  );
  const { scores, trust, clipped } = await FrRegressor.of(pinned).score(Float64Array.from(rows.flat()));
  const errors = rows.map((row, at) => {
    const x = row.map(
      (v, i) => (v - (sidecar.feature_mean[i] as number)) / (sidecar.feature_std[i] as number),
    );
    const hidden = layer(layer(x, 'layer1').map(gelu), 'layer2').map(gelu);
    const score = Math.min(Math.max(layer(hidden, 'layer3')[0] as number, 0), 100);
    return Math.abs(score - (scores[at] as number));
  });
  // float32 through two layers of 64, at scores of some 100: steps of 8e-6
  expect(Math.max(...errors)).toBeLessThan(1e-4);
  // its graph clips; every row lies in the range of its table
  expect([clipped, Math.max(...trust)]).toStrictEqual([0, TRUST.inTable]);
  await pinned.close();
});

test('each row says where it lies: in the table’s range, in the probes’ box, or beyond', async () => {
  const pinned = await openModel({ registry: PINNED, model: 'fr_regressor_v1' });
  const { feature_max: max, training } = pinned.sidecar as RegressorSidecar;
  const box = training.augmentation;
  const row = (motion2: number): number[] => [...max.slice(0, 5).map((value) => 0.9 * value), motion2];
  const rows = [row(max[5] as number), row((max[5] as number) + 1), row((box?.feature_max[5] as number) + 1)];
  const { trust, outOfRange, beyondProbes } = await FrRegressor.of(pinned).score(
    Float64Array.from(rows.flat()),
  );
  expect([...trust]).toStrictEqual([TRUST.inTable, TRUST.inProbes, TRUST.beyond]);
  expect([outOfRange, beyondProbes]).toStrictEqual([2, 1]);
  await pinned.close();
});
