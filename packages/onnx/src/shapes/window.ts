/** Shape rules of operators that slide a window over space: Conv, MaxPool. Data are [N, C, …space]. */
import { intAttribute, intsAttribute } from '../model.ts';
import type { OpCall, ShapeRule } from './rule.ts';
import { needRank, ShapeMismatch, show, unify, type InferredDim, type InferredShape } from './value.ts';

/** W is [M, C / group, …kernel], B is [M]. */
export const conv: ShapeRule = (call) => {
  const [x, w, b] = call.inputs;
  if (x?.shape === undefined || w?.shape === undefined) return [{}];
  if (x.shape.length < 3) throw new ShapeMismatch(`Conv needs [N, C, …space], got ${show(x.shape)}`);
  needRank(w.shape, x.shape.length, 'Conv weight');
  const [outChannels, channelsPerGroup, ...kernel] = w.shape;
  const group = intAttribute(call, 'group', 1);
  const channels = typeof channelsPerGroup === 'number' ? channelsPerGroup * group : undefined;
  unify(x.shape[1], channels, 'Conv channels differ from those of the weight');
  if (b?.shape !== undefined) {
    needRank(b.shape, 1, 'Conv bias');
    unify(b.shape[0], outChannels, 'Conv bias differs from the output channels');
  }
  const declared = intsAttribute(call, 'kernel_shape');
  if (declared !== undefined) needRank(kernel, declared.length, 'Conv kernel_shape');
  declared?.forEach((size, axis) => unify(size, kernel[axis], 'Conv kernel_shape differs from the weight'));
  return [{ shape: [x.shape[0], outChannels, ...slide(call, x.shape.slice(2), kernel)] }];
};

export const maxPool: ShapeRule = (call) => {
  const shape = call.inputs[0]?.shape;
  const kernel = intsAttribute(call, 'kernel_shape');
  if (shape === undefined || kernel === undefined) return [{}];
  needRank(shape, kernel.length + 2, 'MaxPool input');
  const pooled = [shape[0], shape[1], ...slide(call, shape.slice(2), kernel)];
  return [{ shape: pooled }, { shape: pooled }];
};

function slide(call: OpCall, space: InferredShape, kernel: InferredShape): InferredShape {
  const perAxis = (name: string, fallback: number): readonly number[] => {
    const given = intsAttribute(call, name);
    if (given !== undefined) needRank(given, space.length, name);
    return given ?? space.map(() => fallback);
  };
  const strides = perAxis('strides', 1);
  const dilations = perAxis('dilations', 1);
  const pads = intsAttribute(call, 'pads') ?? [...space, ...space].map(() => 0);
  if (pads.length !== 2 * space.length)
    throw new ShapeMismatch(`${pads.length} pads for ${space.length} axes`);
  const mode = call.attributes['auto_pad'];
  return space.map((dim, axis) =>
    steps(dim, kernel[axis], {
      stride: strides[axis]!,
      dilation: dilations[axis]!,
      padding: pads[axis]! + pads[axis + space.length]!,
      sameSize: mode?.type === 'string' && mode.value.startsWith('SAME'),
      round: intAttribute(call, 'ceil_mode', 0) === 1 ? Math.ceil : Math.floor,
    }),
  );
}

interface Sliding {
  readonly stride: number;
  readonly dilation: number;
  readonly padding: number;
  readonly sameSize: boolean;
  readonly round: (value: number) => number;
}

/** How many windows fit: round((dim + padding − window) / stride) + 1; a symbolic dim survives a step of 1 without loss. */
function steps(dim: InferredDim, kernel: InferredDim, sliding: Sliding): InferredDim {
  const { stride, dilation, padding, sameSize, round } = sliding;
  if (stride < 1 || dilation < 1) throw new ShapeMismatch('strides and dilations must be at least 1');
  if (sameSize) return typeof dim === 'number' ? Math.ceil(dim / stride) : stride === 1 ? dim : undefined;
  if (typeof kernel !== 'number') return undefined;
  const loss = dilation * (kernel - 1) - padding;
  if (typeof dim !== 'number') return stride === 1 && loss === 0 ? dim : undefined;
  if (dim < loss + 1) throw new ShapeMismatch(`a window of ${loss + 1} on an axis of ${dim}`);
  return round((dim - loss - 1) / stride) + 1;
}
