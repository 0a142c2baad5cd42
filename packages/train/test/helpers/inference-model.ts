import { encodeModel, GraphBuilder } from '@vqforge/onnx';
import { unflatten, type FitReply } from '@vqforge/train';

/** A fitted network as the textbook writes it, answering on the scale of the teacher. */
export function inferenceModel({ parameters, standardisation, targetStandardisation }: FitReply): Uint8Array {
  const width = standardisation.mean.length;
  const { W1, b1, W2, b2, W3, b3 } = unflatten(parameters, width);
  const b = new GraphBuilder('inference');
  const constant = (value: number): string => b.constant('float32', [], [value]);
  const linear = (x: string, weight: Float32Array, bias: Float32Array, inputs: number): string =>
    b.node(
      'Gemm',
      [x, b.constant('float32', [bias.length, inputs], weight), b.constant('float32', [bias.length], bias)],
      { transB: 1 },
    );
  const gelu = (x: string): string => {
    const gate = b.node('Add', [b.node('Erf', [b.node('Div', [x, constant(Math.SQRT2)])]), constant(1)]);
    return b.node('Mul', [b.node('Mul', [x, gate]), constant(0.5)]);
  };
  const features = b.input('features', 'float32', ['batch', width]);
  const hidden = gelu(linear(gelu(linear(features, W1, b1, width)), W2, b2, 64));
  const scaled = b.node('Mul', [linear(hidden, W3, b3, 64), constant(targetStandardisation.scale)]);
  const points = b.node('Add', [scaled, constant(targetStandardisation.mean)]);
  b.output(b.node('Reshape', [points, b.constant('int64', [1], [-1])], {}, ['score']), 'float32', ['batch']);
  return encodeModel({ irVersion: 8, opset: 17, producerName: '', graph: b.build() });
}
