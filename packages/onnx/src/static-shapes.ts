import { decodeElements } from './builder.ts';
import type { Graph, Node } from './model.ts';

type Shape = readonly number[];

/**
 * Shapes of all values whose dimensions are known numbers; values behind a symbolic dimension or an operator
 * outside this table are left out.
 */
export function staticShapes(graph: Graph): Map<string, Shape> {
  const shapes = new Map<string, Shape>();
  for (const { name, shape } of graph.inputs)
    if (shape.every((dim) => typeof dim === 'number')) shapes.set(name, shape);
  for (const tensor of graph.initializers) shapes.set(tensor.name, tensor.dims);
  const constants = new Map(
    graph.initializers
      .filter((tensor) => tensor.dataType === 'int64')
      .map((tensor) => [tensor.name, decodeElements(tensor)]),
  );
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((input) => shapes.get(input));
    const outputs = outputShapes(node, inputs, (index) => constants.get(node.inputs[index] ?? ''));
    node.outputs.forEach((output, i) => {
      const shape = outputs[i];
      if (shape !== undefined) shapes.set(output, shape);
    });
  }
  return shapes;
}

/** One row per operator that gradients are taken through or that gradient rules emit. */
function outputShapes(
  node: Node,
  inputs: readonly (Shape | undefined)[],
  integers: (input: number) => readonly number[] | undefined,
): readonly (Shape | undefined)[] {
  const [a, b] = inputs;
  const integer = (name: string, fallback: number): number => {
    const attribute = node.attributes[name];
    return attribute?.type === 'int' ? attribute.value : fallback;
  };
  // by input or by attribute; undefined when they are computed at run time
  const axes = node.inputs[1] ? integers(1) : attributeAxes(node);
  switch (node.opType) {
    case 'Identity':
    case 'Neg':
    case 'Sqrt':
    case 'Exp':
    case 'Erf':
      return [a];
    case 'Add':
    case 'Sub':
    case 'Mul':
    case 'Div':
      return [a && b && broadcast(a, b)];
    case 'Gemm':
      return [a && b && [a[integer('transA', 0)] as number, b[1 - integer('transB', 0)] as number]];
    case 'MatMul':
      return [a && b && product(a, b)];
    case 'Transpose': {
      const perm = node.attributes['perm'];
      return [a && (perm?.type === 'ints' ? perm.value.map((axis) => a[axis] as number) : [...a].reverse())];
    }
    case 'Reshape':
    case 'Expand': {
      const target = integers(1);
      if (a === undefined || target === undefined) return [];
      return [node.opType === 'Expand' ? broadcast(a, target) : reshaped(a, target)];
    }
    case 'Squeeze':
      return [a && axes && squeezed(a, axes)];
    case 'Unsqueeze':
      return [a && axes && unsqueezed(a, axes)];
    case 'Split': {
      const axis = positive(integer('axis', 0), a?.length ?? 0);
      return integers(1)?.map((size) => a?.map((dim, i) => (i === axis ? size : dim))) ?? [];
    }
    case 'Concat': {
      if (inputs.some((shape) => shape === undefined)) return [];
      const axis = positive(integer('axis', 0), a?.length ?? 0);
      const total = inputs.reduce((sum, shape) => sum + (shape?.[axis] ?? 0), 0);
      return [a?.map((dim, i) => (i === axis ? total : dim))];
    }
    case 'ReduceSum':
    case 'ReduceMean':
      // with noop_with_empty_axes, no axes mean none and not all; nothing here writes it
      return [
        a && axes && !integer('noop_with_empty_axes', 0)
          ? reduced(a, axes, integer('keepdims', 1) === 1)
          : undefined,
      ];
    default:
      return [];
  }
}

function attributeAxes(node: Node): readonly number[] {
  const axes = node.attributes['axes'];
  return axes?.type === 'ints' ? axes.value : [];
}

function positive(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** Multidirectional broadcasting: https://onnx.ai/onnx/repo-docs/Broadcasting.html; undefined where shapes disagree. */
function broadcast(a: Shape, b: Shape): Shape | undefined {
  const rank = Math.max(a.length, b.length);
  const dims = Array.from({ length: rank }, (_, i) => {
    const x = a[i - rank + a.length] ?? 1;
    const y = b[i - rank + b.length] ?? 1;
    return x === y || y === 1 ? x : x === 1 ? y : undefined;
  });
  return dims.includes(undefined) ? undefined : (dims as number[]);
}

/** Matrices, or stacks of them whose leading axes broadcast. */
function product(a: Shape, b: Shape): Shape | undefined {
  if (a.length < 2 || b.length < 2) return undefined;
  const stack = broadcast(a.slice(0, -2), b.slice(0, -2));
  return stack && [...stack, a.at(-2) as number, b.at(-1) as number];
}

/** An empty list of axes drops every axis of size 1. */
function squeezed(shape: Shape, axes: readonly number[]): Shape {
  const listed = axes.map((axis) => positive(axis, shape.length));
  return shape.filter((dim, axis) => (listed.length === 0 ? dim !== 1 : !listed.includes(axis)));
}

/** Axes count in the result. */
function unsqueezed(shape: Shape, axes: readonly number[]): Shape {
  const rank = shape.length + axes.length;
  const listed = axes.map((axis) => positive(axis, rank));
  const rest = [...shape];
  return Array.from({ length: rank }, (_, axis) => (listed.includes(axis) ? 1 : (rest.shift() as number)));
}

/** Reshape's target: 0 copies a dimension, one -1 is whatever is left. */
function reshaped(from: Shape, target: readonly number[]): Shape {
  const copied = target.map((dim, axis) => (dim === 0 ? (from[axis] ?? 0) : dim));
  const size = (shape: readonly number[]): number => shape.reduce((product, dim) => product * dim, 1);
  const known = size(copied.filter((dim) => dim !== -1));
  return copied.map((dim) => (dim === -1 ? size(from) / known : dim));
}

/** An empty list of axes reduces all of them. */
function reduced(shape: Shape, axes: readonly number[], keep: boolean): Shape {
  const listed = axes.map((axis) => positive(axis, shape.length));
  const drops = (axis: number): boolean => listed.length === 0 || listed.includes(axis);
  return shape.flatMap((dim, axis) => (drops(axis) ? (keep ? [1] : []) : [dim]));
}
