import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sha256 } from '@vqforge/base';
// by its name: a session's thread is started from what was built
import { type Device } from '@vqforge/runtime';
import { openModel, openLpips, type OpenModelOptions } from '@vqforge/runtime/node';
import { beforeAll, expect, test } from 'vitest';
import { providersFor } from '../src/device.ts';
import {
  codeOf,
  linearRegressor,
  lpipsRegistry,
  regressorRegistry,
  temporaryFolder,
} from '../../../testing/runtime-models.ts';

const PINNED = fileURLToPath(new URL('../../../model/tiny', import.meta.url));
/** One that onnxruntime-node does not have on this platform. */
const ABSENT: Device = process.platform === 'win32' ? 'coreml' : 'dml';

let registry: string;

beforeAll(async () => {
  registry = await regressorRegistry();
});

/** What the model answers for one row of standardised features. */
async function answer(options: OpenModelOptions): Promise<number> {
  const model = await openModel(options);
  const features = { type: 'float32', dims: [1, 2], data: Float32Array.of(1, 3) } as const;
  const { score } = await model.run({ features });
  await model.close();
  return Number(score?.data[0]);
}

test('the pinned regressor opens and says what it is', async () => {
  const model = await openModel({ registry: PINNED, model: 'fr_regressor_v1' });
  const onnx = await readFile(model.path);
  expect(model).toMatchObject({
    id: 'fr_regressor_v1',
    kind: 'fr-regressor',
    path: join(PINNED, 'fr_regressor_v1.onnx'),
    digest: sha256(onnx),
    engine: 'native',
    provider: 'cpu',
    minimumSide: null,
    inputs: [{ name: 'features', dataType: 'float32', shape: ['batch', 6] }],
    outputs: [{ name: 'score', dataType: 'float32', shape: ['batch'] }],
  });
  expect(model.sidecar?.sha256).toBe(model.digest);
  await model.close();
});

test('every engine, in the calling thread or in its own, gives the same answer', async () => {
  const model = 'linear_v1';
  for (const engine of ['native', 'wasm'] as const) {
    for (const ownThread of [false, true]) {
      expect(await answer({ registry, model, engine, ownThread, threads: 1 })).toBe(55);
    }
  }
  expect(await answer({ registry, model, spinning: true })).toBe(55);
});

test('wasm says so', async () => {
  const model = await openModel({ registry, model: 'linear_v1', engine: 'wasm', device: 'cpu' });
  expect([model.engine, model.provider]).toStrictEqual(['wasm', 'wasm']);
  await model.close();
});

test('a thread of its own leaves the calling one free, and ends with the model', async () => {
  const model = await openModel({ registry, model: 'linear_v1', ownThread: true });
  const features = { type: 'float32', dims: [1, 2], data: Float32Array.of(0, 0, 1, 3).subarray(2) } as const;
  const runs = Array.from({ length: 20 }, () => model.run({ features }));
  const closing = model.close(); // waits for them
  expect((await Promise.all(runs)).map(({ score }) => score?.data[0])).toStrictEqual(Array(20).fill(55));
  await closing;
  expect(await codeOf(() => model.run({ features }))).toBe('CLOSED');
  await model.close();
});

test('a path is looked up in the registry beside it', async () => {
  const path = join(registry, 'linear_v1.onnx');
  const model = await openModel({ registry: 'nowhere', model: path });
  expect([model.id, model.path]).toStrictEqual(['linear_v1', path]);
  await model.close();
});

test('a path that nothing pins needs to be allowed', async () => {
  const path = join(await temporaryFolder(), 'copy.onnx');
  await copyFile(join(registry, 'linear_v1.onnx'), path);
  const options = { registry, model: path };
  expect(await codeOf(() => openModel(options))).toBe('UNREGISTERED_MODEL');
  const model = await openModel({ ...options, allowUnregistered: true });
  expect(model).toMatchObject({ id: null, path, digest: sha256(linearRegressor()), sidecar: null });
  await model.close();
  for (const allowUnregistered of [false, true]) {
    const missing = { registry, model: join(registry, 'none.onnx'), allowUnregistered };
    expect(await codeOf(() => openModel(missing))).toBe('MISSING_MODEL');
  }
});

test('its sidecar comes along when it describes this very file', async () => {
  const folder = await temporaryFolder();
  for (const name of ['linear_v1.onnx', 'linear_v1.json'])
    await copyFile(join(registry, name), join(folder, name));
  const options = { registry, model: join(folder, 'linear_v1.onnx'), allowUnregistered: true };
  const model = await openModel(options);
  expect([model.id, model.sidecar?.id]).toStrictEqual([null, 'linear_v1']);
  await model.close();
  await copyFile(join(PINNED, 'fr_regressor_v1.json'), join(folder, 'linear_v1.json'));
  expect(await codeOf(() => openModel(options))).toBe('INVALID_MODEL');
});

test('a device that was asked for and does not work is an error, or the CPU if that is allowed', async () => {
  const options = { registry, model: 'linear_v1', device: ABSENT };
  for (const engine of ['native', 'wasm'] as const) {
    expect(await codeOf(() => openModel({ ...options, engine }))).toBe('DEVICE_UNAVAILABLE');
    const model = await openModel({ ...options, engine, deviceFallback: true });
    expect(model.provider).toBe(engine === 'wasm' ? 'wasm' : 'cpu');
    await model.close();
  }
  expect(await codeOf(() => openModel({ ...options, ownThread: true }))).toBe('DEVICE_UNAVAILABLE');
});

test.each([
  ['a device of another runtime', { device: 'openvino' as Device }],
  ['no threads', { threads: 0 }],
  ['half a thread', { threads: 1.5 }],
  ['a million threads', { threads: 1e6 }],
])('%s is a bad option', async (_, option) => {
  expect(await codeOf(() => openModel({ registry, model: 'linear_v1', ...option }))).toBe('INVALID_OPTION');
});

test('auto tries accelerators for what is worth one, and ends at the CPU', () => {
  const offered = ['cpu', 'webgpu', 'cuda', 'tensorrt'];
  const options = { isLarge: true, deviceFallback: false };
  expect(providersFor('auto', offered, options)).toStrictEqual(['cuda', 'webgpu', 'cpu']);
  expect(providersFor('auto', offered, { ...options, isLarge: false })).toStrictEqual(['cpu']);
  expect(providersFor('auto', ['cpu'], options)).toStrictEqual(['cpu']);
  expect(providersFor('cuda', offered, options)).toStrictEqual(['cuda']);
  expect(providersFor('cuda', offered, { ...options, deviceFallback: true })).toStrictEqual(['cuda', 'cpu']);
});

test('LPIPS: the option before the environment before the registry', async () => {
  const [first, second, third] = [
    await lpipsRegistry('option_v1'),
    await lpipsRegistry('environment_v1'),
    await lpipsRegistry(),
  ];
  const environment = { VMAF_LPIPS_MODEL_PATH: join(second, 'environment_v1.onnx') };
  const opened = async (options: { model?: string; environment?: Record<string, string> }) => {
    const { model } = await openLpips({ registry: third, ...options });
    await model.close();
    return model.id;
  };
  expect(await opened({ model: join(first, 'option_v1.onnx'), environment })).toBe('option_v1');
  expect(await opened({ environment })).toBe('environment_v1');
  expect(await opened({})).toBe('vmaf_tiny_lpips_sq_v1');
  expect(await opened({ model: '', environment: { VMAF_LPIPS_MODEL_PATH: '' } })).toBe(
    'vmaf_tiny_lpips_sq_v1',
  );
});

test('without an LPIPS model it says how to get one; a wrong choice stays what it is', async () => {
  for (const folder of [registry, await temporaryFolder()]) {
    expect(await codeOf(() => openLpips({ registry: folder }))).toBe('NO_LPIPS_MODEL');
  }
  await expect(openLpips({ registry })).rejects.toThrow('vqforge weights pull');
  const environment = { VMAF_LPIPS_MODEL_PATH: '/nowhere/lpips.onnx' };
  expect(await codeOf(() => openLpips({ registry, environment }))).toBe('MISSING_MODEL');
  expect(await codeOf(() => openLpips({ registry, model: 'linear_v1' }))).toBe('WRONG_KIND');
});
