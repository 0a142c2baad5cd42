import { readFile } from 'node:fs/promises';
import { workerEngine } from '@vqforge/ort/node';
import { verifyModel, type VerifiedModel } from '@vqforge/registry';
import { loadVerified } from '@vqforge/registry/node';
import { expect, test } from 'vitest';
import { FrRegressor, openVerified } from '../src/index.ts';
import { openModel } from '../src/open-model.ts';

const registry = new URL('../../../model/tiny/', import.meta.url);
const ROW = Float32Array.of(0.9, 0.5, 0.7, 0.8, 0.9, 1);

async function verified(): Promise<VerifiedModel> {
  const read = async (name: string): Promise<Uint8Array> => readFile(new URL(name, registry));
  return verifyModel({ folder: 'here', file: 'registry.json', read }, 'fr_regressor_v1');
}

test('a model from bytes is the model from its folder: same digest, same scores, also after it was suspended', async () => {
  const fromBytes = await openVerified(await verified());
  const fromFolder = await openModel({
    registry: registry.pathname,
    model: 'fr_regressor_v1',
    engine: 'wasm',
  });
  expect(fromBytes).toMatchObject({ id: 'fr_regressor_v1', engine: 'wasm', provider: 'wasm' });
  expect(fromBytes.digest).toBe(fromFolder.digest);
  const scores = (await FrRegressor.of(fromFolder).score(ROW)).scores;
  expect((await FrRegressor.of(fromBytes).score(ROW)).scores).toEqual(scores);
  await fromBytes.suspend();
  expect((await FrRegressor.of(fromBytes).score(ROW)).scores).toEqual(scores);
  await Promise.all([fromBytes.close(), fromFolder.close()]);
});

test('the bytes of a folder may run on an engine of the caller, which stays open', async () => {
  const engine = await workerEngine('wasm');
  for (let turn = 0; turn < 2; turn++) {
    const model = await openVerified(await loadVerified(registry.pathname, 'fr_regressor_v1'), engine);
    expect((await FrRegressor.of(model).score(ROW)).scores).toHaveLength(1);
    await model.close();
  }
  await engine.close();
});

test('bytes that ONNX Runtime does not take are INVALID_MODEL', async () => {
  const model = { ...(await verified()), onnx: Uint8Array.of(1, 2, 3) };
  await expect(openVerified(model)).rejects.toMatchObject({ name: 'RuntimeError', code: 'INVALID_MODEL' });
});
