/** Shape rules of operators that compute: elementwise, matrix products, reductions. */
import { intAttribute, intsAttribute } from '../model.ts';
import type { ShapeRule } from './rule.ts';
import {
  broadcast,
  needRank,
  normalAxis,
  numbers,
  ShapeMismatch,
  show,
  unify,
  type InferredShape,
} from './value.ts';

export const elementwise: ShapeRule = ({ inputs }) => [
  { shape: broadcast(inputs.filter((input) => input !== undefined).map(({ shape }) => shape)) },
];

/** The first input's shape, whatever the others are: activations, Clip. */
export const likeFirst: ShapeRule = ({ inputs: [first] }) => [{ shape: first?.shape }];

/** Y = alpha · op(A) · op(B) + beta · C with A [M, K], B [K, N], C broadcast to [M, N] */
export const gemm: ShapeRule = (call) => {
  const [a, b, c] = call.inputs;
  if (a?.shape === undefined || b?.shape === undefined) return [{}];
  needRank(a.shape, 2, 'Gemm input A');
  needRank(b.shape, 2, 'Gemm input B');
  const [m, k] = intAttribute(call, 'transA', 0) === 0 ? a.shape : [a.shape[1], a.shape[0]];
  const [kOfB, n] = intAttribute(call, 'transB', 0) === 0 ? b.shape : [b.shape[1], b.shape[0]];
  unify(k, kOfB, 'Gemm inner dimensions differ');
  if (c?.shape !== undefined) requireBroadcastTo(c.shape, [m, n]);
  return [{ shape: [m, n] }];
};

/** Unidirectional: C may not make the result larger. */
function requireBroadcastTo(from: InferredShape, to: InferredShape): void {
  const joint = broadcast([from, to])!;
  const grows = joint.some((dim, axis) => typeof dim === 'number' && dim !== 1 && to[axis] === 1);
  if (joint.length > to.length || grows) {
    throw new ShapeMismatch(`Gemm input C ${show(from)} does not broadcast to ${show(to)}`);
  }
}

/** As numpy.matmul: vectors are promoted to matrices, leading dimensions broadcast. */
export const matMul: ShapeRule = ({ inputs: [a, b] }) => {
  if (a?.shape === undefined || b?.shape === undefined) return [{}];
  if (a.shape.length === 0 || b.shape.length === 0) throw new ShapeMismatch('MatMul of a scalar');
  const left = a.shape.length === 1 ? [1, ...a.shape] : a.shape;
  const right = b.shape.length === 1 ? [...b.shape, 1] : b.shape;
  unify(left.at(-1), right.at(-2), 'MatMul inner dimensions differ');
  const batch = broadcast([left.slice(0, -2), right.slice(0, -2)])!;
  const rows = a.shape.length === 1 ? [] : [left.at(-2)];
  const columns = b.shape.length === 1 ? [] : [right.at(-1)];
  return [{ shape: [...batch, ...rows, ...columns] }];
};

/** Axes come as an input (ReduceSum; the others from opset 18) or as an attribute; none means all. */
export const reduction: ShapeRule = (call) => {
  const [data, axesInput] = call.inputs;
  if (data?.shape === undefined) return [{}];
  const axes = axesInput === undefined ? (intsAttribute(call, 'axes') ?? []) : numbers(axesInput.elements);
  const keepdims = intAttribute(call, 'keepdims', 1) === 1;
  if (axes === undefined) return [{ shape: keepdims ? data.shape.map(() => undefined) : undefined }];
  if (axes.length === 0 && intAttribute(call, 'noop_with_empty_axes', 0) === 1)
    return [{ shape: data.shape }];
  return [{ shape: reduced(data.shape, axes, keepdims) }];
};

function reduced(shape: InferredShape, axes: readonly number[], keepdims: boolean): InferredShape {
  const listed = new Set(axes.map((axis) => normalAxis(axis, shape.length)));
  const isReduced = (axis: number): boolean => listed.size === 0 || listed.has(axis);
  return keepdims
    ? shape.map((dim, axis) => (isReduced(axis) ? 1 : dim))
    : shape.filter((_, axis) => !isReduced(axis));
}
