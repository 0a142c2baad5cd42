import { encodeModel, GraphBuilder } from '@vqforge/onnx';

/** A regressor of six features that is correct in every way, and whose hidden layer has `width` values per row. */
export function wideRegressor(width: number): Uint8Array {
  const b = new GraphBuilder('wide');
  const x = b.input('features', 'float32', ['batch', 6]);
  const ones = (...dims: number[]): string =>
    b.constant('float32', dims, new Float32Array(dims.reduce((p, q) => p * q, 1)).fill(1));
  const score = b.node('Gemm', [b.node('Gemm', [x, ones(6, width)]), ones(width, 1)]);
  b.output(b.node('Squeeze', [score, b.constant('int64', [1], [1])], {}, ['score']), 'float32', ['batch']);
  return encodeModel({ irVersion: 8, opset: 17, producerName: 'vqforge', graph: b.build() });
}
