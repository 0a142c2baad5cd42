import type { GraphBuilder } from './builder.ts';
import { OnnxError } from './errors.ts';
import { floatAttribute, intAttribute, intsAttribute, type Node } from './model.ts';

/** The node that a rule differentiates, its gradOutputs, and the builder that the new nodes go to. */
interface GradientContext {
  readonly builder: GraphBuilder;
  readonly node: Node;
  /** Gradient of the loss by each output of the node, '' where the loss does not depend on it. */
  readonly gradOutputs: readonly string[];
  /** Static shape of a value of the forward graph. */
  shape(value: string): readonly number[];
  /** Elements of a constant int64 input, such as axes or a target shape. */
  integers(value: string): readonly number[];
  /** Whether the gradient by this input is asked for; a rule may skip the others. */
  needs(input: number): boolean;
}

/** gradInputs in the order of the node's inputs; '' or absent where no gradient flows. */
export type GradientRule = (context: GradientContext) => readonly string[];

/** ln(2/√π): the derivative of erf is exp(ln(2/√π) − x²), one multiply less than 2/√π · exp(−x²). */
const LOG_TWO_OVER_SQRT_PI = 0.1207822376352452;

/** Default of ONNX's LeakyRelu. */
const LEAKY_RELU_SLOPE = 0.01;

/**
 * Local derivatives, one row per operator (opset 17). Each row takes the gradient g of the loss by the node's
 * output and appends nodes that compute the gradients by its inputs. Only the operators that the forward graphs of
 * this project use are listed; a missing row is an error that names the operator, never a silent zero.
 */
export const GRADIENT_RULES: Readonly<Record<string, GradientRule>> = {
  Identity: ({ gradOutputs }) => gradOutputs,

  Neg: ({ builder, gradOutputs: [g = ''] }) => [builder.node('Neg', [g])],

  Add: (context) => [0, 1].map((i) => (context.needs(i) ? unbroadcast(context, gradOutput(context), i) : '')),

  Sub: (context) => [
    context.needs(0) ? unbroadcast(context, gradOutput(context), 0) : '',
    context.needs(1) ? unbroadcast(context, context.builder.node('Neg', [gradOutput(context)]), 1) : '',
  ],

  // x·y: g·y and g·x
  Mul: (context) => {
    const [x = '', y = ''] = context.node.inputs;
    const by = (i: number, factor: string): string =>
      context.needs(i)
        ? unbroadcast(context, context.builder.node('Mul', [gradOutput(context), factor]), i)
        : '';
    return [by(0, y), by(1, x)];
  },

  // x/y = q: g/y and −(g/y)·q
  Div: (context) => {
    const { builder, node } = context;
    const overY = builder.node('Div', [gradOutput(context), node.inputs[1] as string]);
    const byY = (): string => builder.node('Neg', [builder.node('Mul', [overY, node.outputs[0] as string])]);
    return [
      context.needs(0) ? unbroadcast(context, overY, 0) : '',
      context.needs(1) ? unbroadcast(context, byY(), 1) : '',
    ];
  },

  // y = √x: g/(2y)
  Sqrt: ({ builder, node, gradOutputs: [g = ''] }) => {
    const y = node.outputs[0] as string;
    return [builder.node('Div', [g, builder.node('Add', [y, y])])];
  },

  // y = eˣ: g·y
  Exp: ({ builder, node, gradOutputs: [g = ''] }) => [builder.node('Mul', [g, node.outputs[0] as string])],

  // g·(2/√π)·exp(−x²)
  Erf: ({ builder, node, gradOutputs: [g = ''] }) => {
    const x = node.inputs[0] as string;
    const square = builder.node('Mul', [x, x]);
    const exponent = builder.node('Sub', [builder.constant('float32', [], [LOG_TWO_OVER_SQRT_PI]), square]);
    return [builder.node('Mul', [g, builder.node('Exp', [exponent])])];
  },

  // y = x where x > 0, α·x elsewhere: g or α·g; at 0 that of the left side, as torch
  LeakyRelu: ({ builder, node, gradOutputs: [g = ''] }) => {
    const slope = builder.constant('float32', [], [floatAttribute(node, 'alpha', LEAKY_RELU_SLOPE)]);
    const zero = builder.constant('float32', [], [0]);
    const isPositive = builder.node('Greater', [node.inputs[0] as string, zero]);
    return [builder.node('Where', [isPositive, g, builder.node('Mul', [g, slope])])];
  },

  // y = ln(1 + eˣ): g·σ(x)
  Softplus: ({ builder, node, gradOutputs: [g = ''] }) => [
    builder.node('Mul', [g, builder.node('Sigmoid', [node.inputs[0] as string])]),
  ],

  // Y = α·A'·B' + β·C with A' = Aᵀ where transA, likewise B
  Gemm: (context) => {
    const { builder, node } = context;
    const [a = '', b = '', c = ''] = node.inputs;
    const g = gradOutput(context);
    const transA = intAttribute(node, 'transA', 0);
    const transB = intAttribute(node, 'transB', 0);
    const alpha = floatAttribute(node, 'alpha', 1);
    const gemm = (x: string, y: string, tx: number, ty: number): string =>
      builder.node('Gemm', [x, y], {
        ...(alpha === 1 ? {} : { alpha }),
        ...(tx ? { transA: 1 } : {}),
        ...(ty ? { transB: 1 } : {}),
      });
    // a single row times a matrix as it lies
    const isRow = context.shape(node.outputs[0] as string)[0] === 1 && transA === 0 && transB === 1;
    const byA = (): string =>
      isRow ? rowProduct(builder, g, b, alpha) : transA ? gemm(b, g, transB, 1) : gemm(g, b, 0, 1 - transB);
    const byB = (): string => (transB ? gemm(g, a, 1, transA) : gemm(a, g, 1 - transA, 0));
    return [
      context.needs(0) ? byA() : '',
      context.needs(1) ? byB() : '',
      c !== '' && context.needs(2) ? gemmBias(context, g, floatAttribute(node, 'beta', 1)) : '',
    ];
  },

  // 2-D only: A·B
  MatMul: (context) => {
    const { builder, node } = context;
    const [a = '', b = ''] = node.inputs;
    for (const value of [a, b]) {
      if (context.shape(value).length !== 2)
        throw new OnnxError(
          'NO_GRADIENT_RULE',
          `the gradient of MatMul needs matrices, ${value} has shape [${context.shape(value).join()}]`,
        );
    }
    const g = gradOutput(context);
    return [
      context.needs(0) ? builder.node('Gemm', [g, b], { transB: 1 }) : '',
      context.needs(1) ? builder.node('Gemm', [a, g], { transA: 1 }) : '',
    ];
  },

  Transpose: (context) => {
    const { builder, node } = context;
    const rank = context.shape(node.inputs[0] as string).length;
    const forward = intsAttribute(node, 'perm') ?? Array.from({ length: rank }, (_, i) => rank - 1 - i);
    const inverse = forward.map((_, axis) => forward.indexOf(axis));
    return [builder.node('Transpose', [gradOutput(context)], { perm: inverse })];
  },

  Reshape: reshapeBack,
  Squeeze: reshapeBack,
  Unsqueeze: reshapeBack,

  Split: (context) => {
    const { builder, node, gradOutputs } = context;
    const parts = node.outputs.map((output, i) => gradOutputs[i] || zeros(builder, context.shape(output)));
    return [builder.node('Concat', parts, { axis: intAttribute(node, 'axis', 0) })];
  },

  Concat: (context) => {
    const { builder, node } = context;
    const axis = intAttribute(node, 'axis', 0);
    const sizes = node.inputs.map((input) => context.shape(input).at(axis) as number);
    const parts = builder.constant('int64', [sizes.length], sizes);
    return builder.nodes('Split', [gradOutput(context), parts], { axis }, sizes.length);
  },

  ReduceSum: (context) => [broadcastReduced(context, gradOutput(context))],

  ReduceMean: (context) => {
    const { builder, node } = context;
    const size = (value: string): number => context.shape(value).reduce((product, dim) => product * dim, 1);
    const ratio = size(node.outputs[0] as string) / size(node.inputs[0] as string);
    const scaled = builder.node('Mul', [gradOutput(context), builder.constant('float32', [], [ratio])]);
    return [broadcastReduced(context, scaled)];
  },
};

function gradOutput({ gradOutputs }: GradientContext): string {
  return gradOutputs[0] as string;
}

function reshapeBack(context: GradientContext): string[] {
  const shape = context.shape(context.node.inputs[0] as string);
  return [reshape(context.builder, gradOutput(context), shape)];
}

function zeros(builder: GraphBuilder, shape: readonly number[]): string {
  const size = shape.reduce((product, dim) => product * dim, 1);
  return builder.constant('float32', shape, new Float32Array(size));
}

function reshape(builder: GraphBuilder, value: string, shape: readonly number[]): string {
  return builder.node('Reshape', [value, builder.constant('int64', [shape.length], shape)]);
}

/** Sums a gradient of the output's shape over the axes along which input `index` was broadcast. */
function unbroadcast(context: GradientContext, gradient: string, index: number): string {
  const { builder, node } = context;
  const from = context.shape(node.outputs[0] as string);
  const to = context.shape(node.inputs[index] as string);
  const padded = [...Array.from<number>({ length: from.length - to.length }).fill(1), ...to];
  const axes = from.flatMap((dim, axis) => (dim !== padded[axis] ? [axis] : []));
  const sum = (): string =>
    builder.node('ReduceSum', [gradient, builder.constant('int64', [axes.length], axes)], { keepdims: 1 });
  const value = axes.length > 0 ? sum() : gradient;
  return to.length === from.length ? value : reshape(builder, value, to);
}

/**
 * Gradient of Gemm's C. The usual C is one row (a bias): its gradient is the column sums of g, here as the product
 * [1,…,1]·g, which ONNX Runtime computes 3 to 5 times faster than ReduceSum over the outer axis.
 */
function gemmBias(context: GradientContext, g: string, beta: number): string {
  const { builder, node } = context;
  const [rows = 1, columns = 1] = context.shape(node.outputs[0] as string);
  const to = context.shape(node.inputs[2] as string);
  const isRow = to.at(-1) === columns && to.slice(0, -1).every((dim) => dim === 1) && columns > 1;
  if (isRow) {
    const ones = builder.constant('float32', [1, rows], new Float32Array(rows).fill(1));
    const sums = rowProduct(builder, ones, g, beta);
    return to.length === 2 ? sums : reshape(builder, sums, to);
  }
  const scaled = beta === 1 ? g : builder.node('Mul', [g, builder.constant('float32', [], [beta])]);
  return unbroadcast(context, scaled, 2);
}

/** scale · row·matrix: for one row MatMul takes half the time of Gemm with the same alpha, and the scaling is of one row. */
function rowProduct(builder: GraphBuilder, row: string, matrix: string, scale: number): string {
  const product = builder.node('MatMul', [row, matrix]);
  return scale === 1 ? product : builder.node('Mul', [product, builder.constant('float32', [], [scale])]);
}

/** Spreads the gradient of a reduction back over the input's shape. */
function broadcastReduced(context: GradientContext, gradient: string): string {
  const { builder, node } = context;
  const to = context.shape(node.inputs[0] as string);
  const axesInput = node.inputs[1];
  const listed = axesInput ? context.integers(axesInput) : (intsAttribute(node, 'axes') ?? []);
  const axes = (listed.length > 0 ? listed : to.map((_, axis) => axis)).map((axis) =>
    axis < 0 ? axis + to.length : axis,
  );
  const kept = to.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
  const aligned = intAttribute(node, 'keepdims', 1) === 1 ? gradient : reshape(builder, gradient, kept);
  return builder.node('Expand', [aligned, builder.constant('int64', [to.length], to)]);
}
