import { encodeModel, GraphBuilder } from '@vqforge/onnx';
import { openEngine } from '@vqforge/ort/node';
import { expect, test } from 'vitest';
import { predict } from '../src/predict.ts';

/** score = features[:, 0] + features[:, 1] / 2 */
function sumModel(): Uint8Array {
  const b = new GraphBuilder('sum');
  const x = b.input('features', 'float32', ['batch', 2]);
  const sum = b.node('Gemm', [x, b.constant('float32', [2, 1], [1, 0.5])]);
  b.output(b.node('Reshape', [sum, b.constant('int64', [1], [-1])], {}, ['score']), 'float32', ['batch']);
  return encodeModel({ irVersion: 8, opset: 17, producerName: '', graph: b.build() });
}

test.each(['wasm', 'native'] as const)(
  '%s: predict takes rows in parts and gives scores in their order',
  async (name) => {
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
  },
);
