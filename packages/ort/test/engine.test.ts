import { encodeModel, GraphBuilder } from '@vqforge/onnx';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { float32Tensor } from '../src/index.ts';
import { openEngine } from '../src/open-engine.ts';
import { workerEngine } from '@vqforge/ort/node';

/** score = features[:, 0] + features[:, 1] / 2 */
function sumModel(): Uint8Array {
  const b = new GraphBuilder('sum');
  const x = b.input('features', 'float32', ['batch', 2]);
  const sum = b.node('Gemm', [x, b.constant('float32', [2, 1], [1, 0.5])]);
  b.output(b.node('Reshape', [sum, b.constant('int64', [1], [-1])], {}, ['score']), 'float32', ['batch']);
  return encodeModel({ irVersion: 8, opset: 17, producerName: '', graph: b.build() });
}

describe.each(['wasm', 'native'] as const)('%s', (name) => {
  test('says who it is', async () => {
    const engine = await openEngine(name);
    expect(engine.name).toBe(name);
    expect(engine.version).toMatch(/^\d+\.\d+\.\d+/);
  });

  test('runs a model, again and again', async () => {
    const session = await (await openEngine(name)).load(sumModel());
    for (const rows of [1, 3, 2]) {
      const data = Float32Array.from({ length: 2 * rows }, (_, i) => i);
      const fetches = await session.run({ features: float32Tensor(data, [rows, 2]) });
      expect([...(fetches['score']!.data as Float32Array)]).toEqual(
        Array.from({ length: rows }, (_, row) => 3 * row + 0.5),
      );
    }
    await session.release();
  });

  test('refuses what is no model, and shapes that do not fit', async () => {
    const engine = await openEngine(name);
    await expect(engine.load(Uint8Array.of(1, 2, 3))).rejects.toThrow(/protobuf/i);
    const session = await engine.load(sumModel());
    await expect(session.run({ features: float32Tensor(new Float32Array(3), [1, 3]) })).rejects.toThrow(
      /dimension/i,
    );
    await session.release();
  });
});

describe('an engine that does not load', () => {
  afterEach(() => {
    vi.doUnmock('../src/native-engine.ts');
    vi.resetModules();
  });

  test('is ENGINE_UNAVAILABLE, and the message says which and why', async () => {
    vi.doMock('../src/native-engine.ts', () => ({
      nativeEngine: () => {
        throw Object.assign(new Error('no such library'), { code: 'ERR_DLOPEN_FAILED' });
      },
    }));
    const { openEngine: open } = await import('../src/open-engine.ts');
    await expect(open('native')).rejects.toMatchObject({ name: 'OrtError', code: 'ENGINE_UNAVAILABLE' });
    await expect(open('native')).rejects.toThrow(/native engine.*no such library/);
    expect((await open('wasm')).name).toBe('wasm');
    expect((await open(undefined)).name).toBe('wasm');
  });
});

describe.each(['wasm', 'native'] as const)('%s in a thread of its own', (name) => {
  test('runs as in the calling thread, and frees it', async () => {
    const engine = await workerEngine(name);
    expect(engine.name).toBe(name);
    const session = await engine.load(sumModel(), { threads: 1 });
    expect(session.inputs).toEqual([{ name: 'features', dataType: 'float32', shape: ['batch', 2] }]);
    const whole = Float32Array.from({ length: 40 }, (_, i) => i);
    const runs = [2, 7].map((row) =>
      session.run({ features: float32Tensor(whole.subarray(2 * row, 2 * row + 2), [1, 2]) }, ['score']),
    );
    expect((await Promise.all(runs)).map((fetches) => fetches['score']?.data[0])).toEqual([6.5, 21.5]);
    await expect(session.run({ features: float32Tensor(new Float32Array(3), [1, 3]) })).rejects.toThrow(
      /dimension/i,
    );
    await session.release();
    await engine.close();
  });

  test('closed under way, it ends between two runs, and the process by itself', async () => {
    const home = await mkdtemp(join(tmpdir(), 'vqforge-home-'));
    const program = `
      import { float32Tensor } from '@vqforge/ort';
      import { workerEngine } from '@vqforge/ort/node';
      const engine = await workerEngine('${name}');
      const session = await engine.load(Buffer.from('${Buffer.from(sumModel()).toString('base64')}', 'base64'));
      const features = float32Tensor(new Float32Array(2e6), [1e6, 2]);
      const runs = Array.from({ length: 5 }, () => session.run({ features }).catch((error) => error.message));
      await runs[0];
      await engine.close();
      console.log((await runs[4]));`;
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--input-type=module', '--eval', program],
      {
        cwd: import.meta.dirname,
        encoding: 'utf8',
        // without the setting that the engine makes, ONNX Runtime would write a device id there
        env: { PATH: process.env['PATH'], HOME: home },
      },
    );
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: 'the work was stopped\n', stderr: '' });
    expect(await readdir(home)).toEqual([]);
    await rm(home, { recursive: true });
  });
});
