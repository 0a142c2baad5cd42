import { broadcast, clip, conv, gemm, likeFirst, matMul, pool, reduce } from './compute-sizes.ts';
import {
  cast,
  concat,
  flatten,
  gather,
  identity,
  reshape,
  shapeOf,
  squeeze,
  transpose,
  unsqueeze,
} from './layout-sizes.ts';
import type { SizeRule } from './size.ts';

/** Operators whose sizes follow from those of their inputs; a graph with any other is refused. */
export const SIZE_RULES: ReadonlyMap<string, SizeRule> = new Map<string, SizeRule>([
  ...names('Abs Elu Erf Exp Gelu HardSigmoid HardSwish LeakyRelu Log Neg Reciprocal Relu Selu').map(
    (name) => [name, likeFirst] as const,
  ),
  ...names('Sigmoid Softmax Softplus Softsign Sqrt Tanh BatchNormalization InstanceNormalization').map(
    (name) => [name, likeFirst] as const,
  ),
  ...names('Add Div Max Mean Min Mul Pow PRelu Sub Sum').map((name) => [name, broadcast] as const),
  ...names('ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum').map((name) => [name, reduce] as const),
  ['AveragePool', pool],
  ['Cast', cast],
  ['Clip', clip],
  ['Concat', concat],
  ['Conv', conv],
  ['Flatten', flatten],
  ['Gather', gather],
  ['Gemm', gemm],
  ['Identity', identity],
  ['MatMul', matMul],
  ['MaxPool', pool],
  ['Reshape', reshape],
  ['Shape', shapeOf],
  ['Squeeze', squeeze],
  ['Transpose', transpose],
  ['Unsqueeze', unsqueeze],
]);

function names(text: string): string[] {
  return text.split(' ');
}
