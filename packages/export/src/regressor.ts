import type { Checkpoint } from '@vqforge/artifact';
import { encodeModel, GraphBuilder } from '@vqforge/onnx/building';

/** Weights of a regressor's graph, from a checkpoint. */
export type RegressorWeights = Pick<Checkpoint, 'parameters' | 'targetStandardisation'> & {
  readonly features: number;
  /** Bounds that the graph clips its score to; default: it does not. */
  readonly clip?: { readonly min: number; readonly max: number };
};

/** Constants of every exported regressor: names of its input and output, opset and IR version. */
export const REGRESSOR = {
  inputName: 'features',
  outputName: 'score',
  opset: 17,
  irVersion: 8,
  producerName: 'vqforge',
} as const;

const HIDDEN = 64;

/**
 * The inference graph of the regressor: `features` float32 [batch, F], already standardised → `score` float32 [batch], VMAF points.
 *
 * gelu(x) = x·Φ(x) = x/2 · (1 + erf(x/√2)), written on u = x/√2 as u·(1 + erf(u))/√2; both √½ ride on the alpha and
 * beta of the neighbouring Gemm nodes, as in training. The target standardisation is folded into the last layer:
 * W3·scale and b3·scale + mean, in float64, rounded once. With `clip` the graph ends in Clip. Names depend on nothing but this function.
 *
 * @returns ONNX bytes, the same for the same weights
 */
export function regressorModel({
  parameters,
  targetStandardisation: { mean, scale },
  features,
  clip,
}: RegressorWeights): Uint8Array {
  const b = new GraphBuilder('fr_regressor');
  const x = b.input(REGRESSOR.inputName, 'float32', ['batch', features]);
  const weight = (name: string, dims: readonly number[], values: ArrayLike<number>): string =>
    b.initializer(name, 'float32', dims, values);
  const w3 = Array.from(parameters.W3, (value) => value * scale);
  const b3 = Array.from(parameters.b3, (value) => value * scale + mean);

  const scalar = (value: number): string => b.constant('float32', [], [value]);
  const gelu = (input: string, w: string, bias: string, alpha: number): string => {
    const u = b.node('Gemm', [input, w, bias], { transB: 1, alpha, beta: Math.SQRT1_2 });
    return b.node('Mul', [u, b.node('Add', [b.node('Erf', [u]), scalar(1)])]);
  };
  const w1 = weight('layer1.weight', [HIDDEN, features], parameters.W1);
  const hidden1 = gelu(x, w1, weight('layer1.bias', [HIDDEN], parameters.b1), Math.SQRT1_2);
  const w2 = weight('layer2.weight', [HIDDEN, HIDDEN], parameters.W2);
  const hidden2 = gelu(hidden1, w2, weight('layer2.bias', [HIDDEN], parameters.b2), 0.5);
  const column = b.node(
    'Gemm',
    [hidden2, weight('layer3.weight', [1, HIDDEN], w3), weight('layer3.bias', [1], b3)],
    { transB: 1, alpha: Math.SQRT1_2 },
  );
  const squeezed: [string, string] = [column, b.constant('int64', [1], [1])];
  const name: [string] = [REGRESSOR.outputName];
  const score =
    clip === undefined
      ? b.node('Squeeze', squeezed, {}, name)
      : b.node('Clip', [b.node('Squeeze', squeezed), scalar(clip.min), scalar(clip.max)], {}, name);
  b.output(score, 'float32', ['batch']);
  const { irVersion, opset, producerName } = REGRESSOR;
  return encodeModel({ irVersion, opset, producerName, graph: b.build() });
}
