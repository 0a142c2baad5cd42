import { decodeElements } from '../../src/tensor-data.ts';
import type { Graph, Node } from '../../src/model.ts';
import { erf } from './erf.ts';
import { at, broadcastShape, build, sizeOf, type Tensor64 } from './tensor64.ts';

/**
 * Runs a graph in float64, by the definitions of https://onnx.ai/onnx/operators/ (opset 17), for the operators that
 * gradients go through or are made of. Written for clarity and independently of src: an oracle, not an engine.
 * ONNX Runtime cannot stand in for it, because it has no float64 kernel for Erf.
 *
 * @returns every value of the graph by name
 */
export function interpret(graph: Graph, feeds: Readonly<Record<string, Tensor64>>): Map<string, Tensor64> {
  const values = new Map(Object.entries(feeds));
  for (const tensor of graph.initializers)
    values.set(tensor.name, { shape: tensor.dims, data: Float64Array.from(decodeElements(tensor)) });
  for (const node of graph.nodes) {
    const operator = OPERATORS.get(node.opType);
    if (operator === undefined) throw new Error(`the interpreter has no operator ${node.opType}`);
    const inputs = node.inputs.map((name) => values.get(name));
    const outputs = operator(inputs as unknown as Inputs, node);
    for (const [i, name] of node.outputs.entries()) values.set(name, outputs.at(i)!);
  }
  return values;
}

/** No operator here has more than three inputs, except Concat. */
type Inputs = readonly [Tensor64, Tensor64, Tensor64 | undefined];
type Operator = (inputs: Inputs, node: Node) => readonly Tensor64[];

const OPERATORS: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ['Identity', unary((x) => x)],
  ['Neg', unary((x) => -x)],
  ['Sqrt', unary(Math.sqrt)],
  ['Exp', unary(Math.exp)],
  ['Erf', unary(erf)],
  ['Sigmoid', unary((x) => 1 / (1 + Math.exp(-x)))],
  ['Softplus', unary((x) => Math.log1p(Math.exp(x)))],
  [
    'LeakyRelu',
    ([x], node) =>
      unary((value) => (value > 0 ? value : float(node, 'alpha', 0.01) * value))([x, x, x], node),
  ],
  ['Greater', binary((x, y) => Number(x > y))],
  [
    'Where',
    ([condition, x, y]) => [
      build(broadcastShape(broadcastShape(condition.shape, x.shape), (y as Tensor64).shape), (...index) =>
        at(condition, index) ? at(x, index) : at(y as Tensor64, index),
      ),
    ],
  ],
  ['Add', binary((x, y) => x + y)],
  ['Sub', binary((x, y) => x - y)],
  ['Mul', binary((x, y) => x * y)],
  ['Div', binary((x, y) => x / y)],
  ['Gemm', gemm],
  ['MatMul', ([a, b]) => [matrixProduct(a, b)]],
  ['Transpose', ([x], node) => [transpose(x, integers(node, 'perm') ?? [...x.shape.keys()].reverse())]],
  ['Reshape', ([x, target]) => [reshape(x, target.data)]],
  ['Squeeze', ([x, axes]) => [squeeze(x, (axes as Tensor64 | undefined)?.data)]],
  ['Unsqueeze', ([x, axes]) => [unsqueeze(x, axes.data)]],
  ['Split', ([x, sizes], node) => split(x, sizes.data, integer(node, 'axis', 0))],
  ['Concat', (parts, node) => [concat(parts as readonly Tensor64[], integer(node, 'axis', 0))]],
  ['Expand', ([x, target]) => [build(broadcastShape(x.shape, [...target.data]), (...index) => at(x, index))]],
  ['ReduceSum', (inputs, node) => [reduceSum(inputs, node)]],
  ['ReduceMean', (inputs, node) => [reduceMean(inputs, node)]],
]);

function unary(f: (x: number) => number): Operator {
  return ([{ shape, data }]) => [{ shape, data: data.map((x) => f(x)) }];
}

function binary(f: (x: number, y: number) => number): Operator {
  return ([a, b]) => [build(broadcastShape(a.shape, b.shape), (...index) => f(at(a, index), at(b, index)))];
}

/** α·A'·B' + β·C */
function gemm([a, b, c]: Inputs, node: Node): readonly Tensor64[] {
  const left = integer(node, 'transA', 0) ? transpose(a, [1, 0]) : a;
  const right = integer(node, 'transB', 0) ? transpose(b, [1, 0]) : b;
  const product = matrixProduct(left, right);
  const alpha = float(node, 'alpha', 1);
  const beta = float(node, 'beta', 1);
  return [build(product.shape, (...index) => alpha * at(product, index) + (c ? beta * at(c, index) : 0))];
}

function matrixProduct(a: Tensor64, b: Tensor64): Tensor64 {
  const [rows, inner] = a.shape as [number, number];
  const [height, columns] = b.shape as [number, number];
  if (a.shape.length !== 2 || b.shape.length !== 2 || height !== inner)
    throw new Error(`no product of [${a.shape.join()}] and [${b.shape.join()}]`);
  return build([rows, columns], (i, j) => {
    let sum = 0;
    for (let k = 0; k < inner; k++) sum += at(a, [i, k]) * at(b, [k, j]);
    return sum;
  });
}

function transpose(x: Tensor64, perm: readonly number[]): Tensor64 {
  const shape = perm.map((axis) => x.shape.at(axis)!);
  return build(shape, (...index) =>
    at(
      x,
      perm.map((_, axis) => index.at(perm.indexOf(axis))!),
    ),
  );
}

/** 0 copies a dimension, -1 is what is left. */
function reshape(x: Tensor64, target: ArrayLike<number>): Tensor64 {
  const copied = Array.from(target, (dim, axis) => (dim === 0 ? x.shape.at(axis)! : dim));
  const known = sizeOf(copied.filter((dim) => dim !== -1));
  return withShape(
    x,
    copied.map((dim) => (dim === -1 ? x.data.length / known : dim)),
  );
}

function squeeze(x: Tensor64, axes: ArrayLike<number> | undefined): Tensor64 {
  const dropped = axes && positive(axes, x.shape.length);
  return withShape(
    x,
    x.shape.filter((dim, axis) => (dropped ? !dropped.includes(axis) : dim !== 1)),
  );
}

function unsqueeze(x: Tensor64, axes: ArrayLike<number>): Tensor64 {
  const shape = [...x.shape];
  // ascending, so that an axis counts in the result
  for (const axis of positive(axes, x.shape.length + axes.length).sort((a, b) => a - b))
    shape.splice(axis, 0, 1);
  return withShape(x, shape);
}

function split(x: Tensor64, sizes: ArrayLike<number>, signedAxis: number): Tensor64[] {
  const axis = positiveAxis(signedAxis, x.shape.length);
  let start = 0;
  return Array.from(sizes, (size) => {
    const offset = start;
    start += size;
    return build(x.shape.with(axis, size), (...index) => at(x, index.with(axis, index.at(axis)! + offset)));
  });
}

function concat(parts: readonly Tensor64[], signedAxis: number): Tensor64 {
  const shape = parts.at(0)!.shape;
  const axis = positiveAxis(signedAxis, shape.length);
  // which part, and where in it, for each place along the axis
  const places = parts.flatMap((part) =>
    Array.from({ length: part.shape.at(axis)! }, (_, place) => ({ part, place })),
  );
  return build(shape.with(axis, places.length), (...index) => {
    const { part, place } = places.at(index.at(axis)!)!;
    return at(part, index.with(axis, place));
  });
}

/** Axes by input (opset 13 for ReduceSum, 18 for ReduceMean) or by attribute; none are all. */
function reduceSum([x, axes]: Inputs, node: Node): Tensor64 {
  const listed = positive(
    (axes as Tensor64 | undefined)?.data ?? integers(node, 'axes') ?? [],
    x.shape.length,
  );
  const isReduced = (axis: number): boolean => listed.length === 0 || listed.includes(axis);
  const sums = build(
    x.shape.map((dim, axis) => (isReduced(axis) ? 1 : dim)),
    () => 0,
  );
  build(x.shape, (...index) => {
    const to = sums.shape.reduce((flat, dim, axis) => flat * dim + (dim === 1 ? 0 : index.at(axis)!), 0);
    return (sums.data[to] = sums.data.at(to)! + at(x, index));
  });
  return integer(node, 'keepdims', 1)
    ? sums
    : withShape(
        sums,
        sums.shape.filter((_, axis) => !isReduced(axis)),
      );
}

function reduceMean(inputs: Inputs, node: Node): Tensor64 {
  const { shape, data } = reduceSum(inputs, node);
  const count = inputs[0].data.length / data.length;
  return { shape, data: data.map((sum) => sum / count) };
}

function withShape({ shape: from, data }: Tensor64, shape: readonly number[]): Tensor64 {
  if (sizeOf(shape) !== data.length) throw new Error(`[${from.join()}] is not [${shape.join()}]`);
  return { shape, data };
}

function positiveAxis(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

function positive(axes: ArrayLike<number>, rank: number): number[] {
  return Array.from(axes, (axis) => positiveAxis(axis, rank));
}

function integer(node: Node, name: string, fallback: number): number {
  const attribute = node.attributes[name];
  return attribute?.type === 'int' ? attribute.value : fallback;
}

function float(node: Node, name: string, fallback: number): number {
  const attribute = node.attributes[name];
  return attribute?.type === 'float' ? attribute.value : fallback;
}

function integers(node: Node, name: string): readonly number[] | undefined {
  const attribute = node.attributes[name];
  return attribute?.type === 'ints' ? attribute.value : undefined;
}
