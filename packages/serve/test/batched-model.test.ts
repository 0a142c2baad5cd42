import { FrRegressor } from '@vqforge/runtime';
import { openModel } from '@vqforge/runtime/node';
import { expect, test, vi } from 'vitest';
import { batchedModel } from '../src/batched-model.ts';
import { codeOf, generator, regressorRegistry } from '../../../testing/runtime-models.ts';

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

test('runs stay small: calls that together have too many rows come in turn', async () => {
  const model = await openModel({ registry: await regressorRegistry(), model: 'linear_v1' });
  const run = vi.spyOn(model, 'run');
  const shared = batchedModel(model);
  const width = model.inputs[0]?.shape[1] as number;
  const rowsAsked = [8000, 193, 9000, 1, 1];
  const answers = await Promise.all(
    rowsAsked.map((rows) => {
      const data = new Float32Array(rows * width).fill(rows);
      return shared.run({ features: { type: 'float32', dims: [rows, width], data } });
    }),
  );
  expect(answers.map(({ score }) => score?.data.length)).toStrictEqual(rowsAsked);
  const rowsRun = run.mock.calls.map(([feeds]) => feeds['features']?.dims[0]);
  expect(rowsRun).toStrictEqual([8000, 193, 9000, 2]);
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
