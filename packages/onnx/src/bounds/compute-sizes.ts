/** Sizes of what operators compute: elementwise, products, windows, reductions. */
import { intAttribute, intsAttribute } from '../model.ts';
import {
  UnknownSize,
  constants,
  exactly,
  isNumber,
  needed,
  numberOf,
  placed,
  product,
  same,
  showShape,
  type Size,
  type SizeRule,
  type SizedCall,
  type SizedValue,
} from './size.ts';

export const likeFirst: SizeRule = ({ inputs }) => [{ ...needed(inputs, 0), elements: undefined }];

/** ONNX Runtime takes bounds of one element and fails with any others when it runs. */
export const clip: SizeRule = (call) => {
  for (const bound of call.inputs.slice(1)) {
    const isOne = bound === undefined || (bound.shape.length < 2 && bound.shape.every(isOneSize));
    if (!isOne) throw new UnknownSize(`a bound of Clip is ${showShape(bound.shape)}, expected one element`);
  }
  return likeFirst(call);
};

function isOneSize(size: Size): boolean {
  return isNumber(size) && size.coefficient === 1;
}

export const broadcast: SizeRule = (call) => {
  const values = call.inputs.filter((input) => input !== undefined);
  const shape = values.map((value) => value.shape).reduce((a, b) => broadcastShapes(a, b, call.together));
  return [{ shape, width: Math.max(...values.map(({ width }) => width)) }];
};

function broadcastShapes(
  a: readonly Size[],
  b: readonly Size[],
  together: SizedCall['together'],
): readonly Size[] {
  const rank = Math.max(a.length, b.length);
  const at = (shape: readonly Size[], axis: number): Size => shape[axis - rank + shape.length] ?? exactly(1);
  return Array.from({ length: rank }, (_, axis) => together(at(a, axis), at(b, axis)));
}

export const gemm: SizeRule = ({ node, inputs, together }) => {
  const [a, b] = [matrix(needed(inputs, 0)), matrix(needed(inputs, 1))];
  const [m, k] = intAttribute(node, 'transA', 0) === 0 ? a : [a[1], a[0]];
  const [kOfB, n] = intAttribute(node, 'transB', 0) === 0 ? b : [b[1], b[0]];
  same(k, kOfB, 'inner sizes of Gemm');
  const { width } = needed(inputs, 0);
  const c = inputs[2];
  if (c !== undefined) {
    // one way only: C may not make the result larger
    const joined = broadcastShapes(c.shape, [m, n], together);
    if (joined.length !== 2) throw new UnknownSize(`C of Gemm is ${showShape(c.shape)}`);
    same(joined[0] as Size, m, 'rows of C');
    same(joined[1] as Size, n, 'columns of C');
  }
  return [{ shape: [m, n], width }];
};

function matrix({ shape }: SizedValue): readonly [Size, Size] {
  const [rows, columns] = shape;
  if (rows === undefined || columns === undefined || shape.length !== 2)
    throw new UnknownSize(`a matrix is ${showShape(shape)}`);
  return [rows, columns];
}

export const matMul: SizeRule = ({ inputs, together }) => {
  const [a, b] = [needed(inputs, 0), needed(inputs, 1)];
  const left = a.shape.length === 1 ? [exactly(1), ...a.shape] : a.shape;
  const right = b.shape.length === 1 ? [...b.shape, exactly(1)] : b.shape;
  const [rows, inner, innerOfB, columns] = [left.at(-2), left.at(-1), right.at(-2), right.at(-1)];
  if (!rows || !inner || !innerOfB || !columns) throw new UnknownSize('MatMul of a scalar');
  same(inner, innerOfB, 'inner sizes of MatMul');
  const batch = broadcastShapes(left.slice(0, -2), right.slice(0, -2), together);
  const shape = [
    ...batch,
    ...(a.shape.length === 1 ? [] : [rows]),
    ...(b.shape.length === 1 ? [] : [columns]),
  ];
  return [{ shape, width: a.width }];
};

export const conv: SizeRule = (call) => {
  const [x, w] = [needed(call.inputs, 0), needed(call.inputs, 1)];
  const [batch, channels, ...space] = x.shape;
  const [outChannels, perGroup, ...kernel] = w.shape;
  if (!batch || !channels || !outChannels || !perGroup || kernel.length !== space.length)
    throw new UnknownSize(`Conv of ${showShape(x.shape)} by ${showShape(w.shape)}`);
  same(channels, product([perGroup, exactly(intAttribute(call.node, 'group', 1))]), 'channels of Conv');
  const sizes = kernel.map((size) => numberOf(size, 'kernel'));
  return [{ shape: [batch, outChannels, ...slid(call, space, sizes)], width: x.width }];
};

export const pool: SizeRule = (call) => {
  const x = needed(call.inputs, 0);
  const kernel = intsAttribute(call.node, 'kernel_shape');
  const [batch, channels, ...space] = x.shape;
  if (!batch || !channels || kernel?.length !== space.length)
    throw new UnknownSize(`${call.node.opType} of ${showShape(x.shape)}`);
  const pooled = { shape: [batch, channels, ...slid(call, space, kernel)], width: x.width };
  return call.node.outputs.map((_, index) => (index === 0 ? pooled : { ...pooled, width: 8 }));
};

function slid({ node, window }: SizedCall, space: readonly Size[], kernel: readonly number[]): Size[] {
  const perAxis = (name: string): readonly number[] => {
    const given = intsAttribute(node, name) ?? space.map(() => 1);
    if (given.length !== space.length || given.some((value) => value < 1))
      throw new UnknownSize(`${name} of ${node.opType} are ${given.join(', ')}`);
    return given;
  };
  const [strides, dilations] = [perAxis('strides'), perAxis('dilations')];
  const pads = intsAttribute(node, 'pads') ?? [...space, ...space].map(() => 0);
  const mode = node.attributes['auto_pad'];
  if (mode?.type === 'string' && mode.value !== 'NOTSET') throw new UnknownSize(`auto_pad ${mode.value}`);
  if (pads.length !== 2 * space.length || pads.some((value) => value < 0))
    throw new UnknownSize(`pads of ${node.opType} are ${pads.join(', ')}`);
  return space.map((size, axis) =>
    window(size, {
      stride: strides[axis] as number,
      loss:
        (dilations[axis] as number) * ((kernel[axis] as number) - 1) -
        (pads[axis] as number) -
        (pads[axis + space.length] as number),
      isCeiled: intAttribute(node, 'ceil_mode', 0) === 1,
    }),
  );
}

/** Axes come as an input from opset 13 (ReduceSum) or 18 (the others), else as an attribute; none means all. */
export const reduce: SizeRule = ({ node, inputs }) => {
  const { shape, width } = needed(inputs, 0);
  const listed = inputs[1] === undefined ? (intsAttribute(node, 'axes') ?? []) : constants(inputs[1], 'axes');
  if (listed.length === 0 && intAttribute(node, 'noop_with_empty_axes', 0) === 1) return [{ shape, width }];
  const axes = new Set(listed.map((axis) => placed(axis, shape.length)));
  const isReduced = (axis: number): boolean => axes.size === 0 || axes.has(axis);
  const kept =
    intAttribute(node, 'keepdims', 1) === 1
      ? shape.map((size, axis) => (isReduced(axis) ? exactly(1) : size))
      : shape.filter((_, axis) => !isReduced(axis));
  return [{ shape: kept, width }];
};
