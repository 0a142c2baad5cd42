import { FrRegressor, openModel } from '@vqforge/runtime';
import { expect, test, vi } from 'vitest';
import { batchedModel } from '../../src/server/batched-model.ts';
import { codeOf, generator, regressorRegistry } from '../models.ts';

test('calls of one moment share a run, and each gets its own rows with the same bits', async () => {
  const model = await openModel({ registry: await regressorRegistry(), model: 'linear_v1', threads: 1 });
  const run = vi.spyOn(model, 'run');
  const [alone, shared] = [FrRegressor.of(model), FrRegressor.of(batchedModel(model))];
  const random = generator(1);
  const width = alone.featureOrder.length;
  const requests = [1, 3, 1, 8].map((rows) => Float32Array.from({ length: rows * width }, random));
  const expected = [];
  for (const features of requests) expected.push(await alone.score(features));
  run.mockClear();
  expect(await Promise.all(requests.map((features) => shared.score(features)))).toStrictEqual(expected);
  expect(run).toHaveBeenCalledTimes(1);
  await model.close();
});

test('a run that fails fails for all who share it', async () => {
  const model = await openModel({ registry: await regressorRegistry(), model: 'linear_v1' });
  const shared = FrRegressor.of(batchedModel(model));
  await model.close();
  const features = new Float32Array(shared.featureOrder.length);
  const codes = [1, 2].map(() => codeOf(() => shared.score(features)));
  expect(await Promise.all(codes)).toStrictEqual(['CLOSED', 'CLOSED']);
});
