import type { Attribute, DataType } from './model.ts';
import { elementwise, gemm, likeFirst, matMul, reduction } from './shapes/arithmetic.ts';
import * as layout from './shapes/layout.ts';
import type { ShapeRule } from './shapes/rule.ts';
import { conv, maxPool } from './shapes/window.ts';

type AttributeType = Attribute['type'];

export interface Slot {
  /** Slots of one letter take one element type; `X` slots are independent of all others. */
  readonly letter: string;
  readonly occurs: 'once' | 'optional' | 'any' | 'some';
}

/** Inputs, outputs and attributes of an operator, in the words of its ONNX operator schema. */
export interface OpSchema {
  readonly inputs: readonly Slot[];
  readonly outputs: readonly Slot[];
  readonly attributes: Readonly<Record<string, { type: AttributeType; required: boolean }>>;
  /** Absent for operators with graphs of their own, whose outputs the checker takes from those graphs. */
  readonly shapes?: ShapeRule;
}

const FLOATS: readonly DataType[] = ['float32', 'float64'];
const INTEGERS: readonly DataType[] = ['int64', 'int32', 'int8', 'uint8'];

/** The element types that a letter stands for: type constraints of the schemas, cut down to our DataType. */
export const ELEMENT_TYPES: Readonly<Record<string, readonly DataType[]>> = {
  T: [...FLOATS, ...INTEGERS, 'bool'],
  X: [...FLOATS, ...INTEGERS, 'bool'],
  N: [...FLOATS, ...INTEGERS],
  M: [...FLOATS, ...INTEGERS],
  F: FLOATS,
  I: ['int64', 'int32'],
  L: ['int64'],
  B: ['bool'],
};

/** `op('F F F? > F', …)`: `?` optional, `*` any number, `+` at least one; `int!` is a required attribute. */
function op(signature: string, shapes?: ShapeRule, attributes: Record<string, string> = {}): OpSchema {
  const [inputs, outputs] = signature.split('>').map((side) => side.split(' ').filter(Boolean).map(toSlot));
  return {
    inputs: inputs!,
    outputs: outputs!,
    attributes: Object.fromEntries(
      Object.entries(attributes).map(([name, type]) => [
        name,
        { type: type.replace('!', '') as AttributeType, required: type.endsWith('!') },
      ]),
    ),
    ...(shapes && { shapes }),
  };
}

function toSlot(text: string): Slot {
  const occurs = ({ '?': 'optional', '*': 'any', '+': 'some' } as const)[text[1] ?? ''] ?? 'once';
  return { letter: text[0]!, occurs };
}

const arithmetic = op('N N > N', elementwise);
const comparison = op('T T > B', elementwise);
const logical = op('B B > B', elementwise);
const variadic = op('N+ > N', elementwise);
const unary = op('N > N', likeFirst);
const floatUnary = op('F > F', likeFirst);
const WINDOW = { auto_pad: 'string', dilations: 'ints', kernel_shape: 'ints', pads: 'ints', strides: 'ints' };
const reductionByInput = op('N L? > N', reduction, { keepdims: 'int', noop_with_empty_axes: 'int' });
const reductionByAttribute = op('N > N', reduction, { axes: 'ints', keepdims: 'int' });

/** The operators that this toolchain writes or reads, as of opset 17. */
const OPSET_17: Readonly<Record<string, OpSchema>> = {
  Abs: unary,
  Add: arithmetic,
  And: logical,
  Cast: op('T > X', layout.cast, { to: 'int!' }),
  Clip: op('N N? N? > N', likeFirst),
  Concat: op('T+ > T', layout.concat, { axis: 'int!' }),
  Constant: op('> X', layout.constant, {
    value: 'tensor',
    value_float: 'float',
    value_floats: 'floats',
    value_int: 'int',
    value_ints: 'ints',
  }),
  ConstantOfShape: op('L > X', layout.constantOfShape, { value: 'tensor' }),
  Conv: op('F F F? > F', conv, { ...WINDOW, group: 'int' }),
  Div: arithmetic,
  Equal: comparison,
  Erf: unary,
  Exp: floatUnary,
  Expand: op('T L > T', layout.expand),
  Floor: floatUnary,
  Gather: op('T I > T', layout.gather, { axis: 'int' }),
  Gemm: op('N N N? > N', gemm, { alpha: 'float', beta: 'float', transA: 'int', transB: 'int' }),
  Greater: op('N N > B', elementwise),
  GreaterOrEqual: op('N N > B', elementwise),
  Identity: op('T > T', layout.identity),
  If: op('B > X+', undefined, { then_branch: 'graph!', else_branch: 'graph!' }),
  LeakyRelu: op('F > F', likeFirst, { alpha: 'float' }),
  Less: op('N N > B', elementwise),
  LessOrEqual: op('N N > B', elementwise),
  Log: floatUnary,
  Loop: op('L? B? X* > X+', undefined, { body: 'graph!' }),
  MatMul: op('N N > N', matMul),
  Max: variadic,
  MaxPool: op('N > N L?', maxPool, {
    ...WINDOW,
    kernel_shape: 'ints!',
    ceil_mode: 'int',
    storage_order: 'int',
  }),
  Min: variadic,
  Mul: arithmetic,
  Neg: unary,
  Not: op('B > B', likeFirst),
  Or: logical,
  Pow: op('N M > N', elementwise),
  Reciprocal: floatUnary,
  ReduceMax: reductionByAttribute,
  ReduceMean: reductionByAttribute,
  ReduceMin: reductionByAttribute,
  ReduceSum: reductionByInput,
  Relu: unary,
  Reshape: op('T L > T', layout.reshape, { allowzero: 'int' }),
  Scan: op('X+ > X+', undefined, {
    body: 'graph!',
    num_scan_inputs: 'int!',
    scan_input_axes: 'ints',
    scan_input_directions: 'ints',
    scan_output_axes: 'ints',
    scan_output_directions: 'ints',
  }),
  Shape: op('T > L', layout.shapeOf, { start: 'int', end: 'int' }),
  Sigmoid: floatUnary,
  Sign: unary,
  Slice: op('T I I I? I? > T', layout.slice),
  Softplus: floatUnary,
  Split: op('T L? > T+', layout.split, { axis: 'int' }),
  Sqrt: floatUnary,
  Squeeze: op('T L? > T', layout.squeeze),
  Sub: arithmetic,
  Sum: op('F+ > F', elementwise),
  Tanh: floatUnary,
  Transpose: op('T > T', layout.transpose, { perm: 'ints' }),
  Unsqueeze: op('T L > T', layout.unsqueeze),
  Where: op('B T T > T', elementwise),
};

/** Opset 17 with the operators that opset 18 changed. */
const OPSET_18: Readonly<Record<string, OpSchema>> = {
  ...OPSET_17,
  ReduceMax: reductionByInput,
  ReduceMean: reductionByInput,
  ReduceMin: reductionByInput,
  Split: op('T L? > T+', layout.split, { axis: 'int', num_outputs: 'int' }),
};

/**
 * Operator tables by opset of the default domain.
 *
 * @see https://github.com/onnx/onnx/blob/main/docs/Operators.md
 */
export const OP_TABLES: ReadonlyMap<number, Readonly<Record<string, OpSchema>>> = new Map([
  [17, OPSET_17],
  [18, OPSET_18],
]);
