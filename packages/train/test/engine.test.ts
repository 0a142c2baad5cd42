import { encodeModel, GraphBuilder } from '@vqforge/onnx';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { openEngine } from '../src/engine.ts';
import { predict } from '../src/predict.ts';
import { trainError } from './helpers/errors.ts';
import { elementsOf } from './helpers/tensors.ts';

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
      const fetches = await session.run({ features: { data, dims: [rows, 2] } });
      expect([...elementsOf(fetches, 'score')]).toEqual(
        Array.from({ length: rows }, (_, row) => 3 * row + 0.5),
      );
    }
    await session.release();
  });

  test('refuses what is no model, and shapes that do not fit', async () => {
    const engine = await openEngine(name);
    await expect(engine.load(Uint8Array.of(1, 2, 3))).rejects.toThrow(/protobuf/i);
    const session = await engine.load(sumModel());
    await expect(session.run({ features: { data: new Float32Array(3), dims: [1, 3] } })).rejects.toThrow(
      /dimension/i,
    );
    await session.release();
  });

  test('predict takes rows in parts and gives scores in their order', async () => {
    const engine = await openEngine(name);
    // two runs of 8,192 rows and a rest
    const rows = Uint32Array.from({ length: 20_000 }, (_, i) => (7 * i) % 20_000);
    const parts: number[] = [];
    const inputs = (part: Uint32Array): Float32Array => {
      parts.push(part.length);
      return Float32Array.from({ length: 2 * part.length }, (_, i) => (i % 2 === 0 ? part.at(i / 2)! : 2));
    };
    const scores = await predict(engine, sumModel(), inputs, rows);
    expect(parts).toEqual([8192, 8192, 3616]);
    expect(scores).toEqual(Float32Array.from(rows, (row) => row + 1));
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
    const { openEngine: open } = await import('../src/engine.ts');
    await expect(open('native')).rejects.toThrow(trainError('ENGINE_UNAVAILABLE'));
    await expect(open('native')).rejects.toThrow(/native engine.*no such library/);
    expect((await open('wasm')).name).toBe('wasm');
  });
});
