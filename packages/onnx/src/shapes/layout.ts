/** Shape rules of operators that move elements without computing on them. */
import { decodeElements } from '../tensor-data.ts';
import { dataTypeOf, intAttribute, intsAttribute, type Tensor } from '../model.ts';
import type { ShapeRule } from './rule.ts';
import {
  broadcast,
  normalAxis,
  numbers,
  quotient,
  ShapeMismatch,
  show,
  unify,
  type InferredDim,
  type InferredShape,
  type InferredValue,
} from './value.ts';

/** Vectors longer than this are data, not shapes: no operator has that many axes. */
const MAX_ELEMENTS = 64;

/** The value of a constant; its elements where it is a short integer vector. */
export function tensorValue(tensor: Tensor): InferredValue {
  const { dataType, dims } = tensor;
  const isShape = dataType === 'int64' && dims.length <= 1 && (dims[0] ?? 1) <= MAX_ELEMENTS;
  return { dataType, shape: dims, elements: isShape ? decodeElements(tensor) : undefined };
}

export const identity: ShapeRule = ({ inputs: [data] }) => [{ shape: data?.shape, elements: data?.elements }];

export const cast: ShapeRule = (call) => {
  const [data] = call.inputs;
  const to = intAttribute(call, 'to', 0);
  const dataType = dataTypeOf(to);
  if (dataType === undefined) throw new ShapeMismatch(`Cast to element type ${to}, which is not one of ours`);
  const integral = dataType === 'int64' || dataType === 'int32';
  return [{ dataType, shape: data?.shape, elements: integral ? data?.elements : undefined }];
};

export const constant: ShapeRule = ({ attributes }) => {
  const [name] = Object.keys(attributes);
  const attribute = name === undefined ? undefined : attributes[name];
  switch (attribute?.type) {
    case 'tensor':
      return [tensorValue(attribute.value)];
    case 'int':
      return [{ dataType: 'int64', shape: [], elements: [attribute.value] }];
    case 'ints':
      return [{ dataType: 'int64', shape: [attribute.value.length], elements: attribute.value }];
    case 'float':
      return [{ dataType: 'float32', shape: [] }];
    case 'floats':
      return [{ dataType: 'float32', shape: [attribute.value.length] }];
    default:
      return [{}];
  }
};

export const constantOfShape: ShapeRule = ({ inputs: [target], attributes }) => {
  const value = attributes['value'];
  return [{ dataType: value?.type === 'tensor' ? value.value.dataType : 'float32', shape: target?.elements }];
};

export const shapeOf: ShapeRule = (call) => {
  const shape = call.inputs[0]?.shape;
  if (shape === undefined) return [{}];
  const elements = shape.slice(intAttribute(call, 'start', 0), intAttribute(call, 'end', shape.length));
  return [{ shape: [elements.length], elements }];
};

export const transpose: ShapeRule = (call) => {
  const shape = call.inputs[0]?.shape;
  if (shape === undefined) return [{}];
  const perm = intsAttribute(call, 'perm') ?? shape.map((_, axis) => shape.length - 1 - axis);
  const isPermutation = [...perm].sort((a, b) => a - b).every((axis, index) => axis === index);
  if (perm.length !== shape.length || !isPermutation) {
    throw new ShapeMismatch(`perm [${perm.join(', ')}] does not permute the axes of ${show(shape)}`);
  }
  return [{ shape: perm.map((axis) => shape[axis]) }];
};

/** In the target 0 copies a dimension (unless allowzero) and one -1 takes what is left. */
export const reshape: ShapeRule = (call) => {
  const [data, target] = call.inputs;
  if (target?.elements === undefined) return [{ shape: unknownRank(target) }];
  const copies = intAttribute(call, 'allowzero', 0) === 0;
  const wanted = target.elements.map((dim, axis) => (dim === 0 && copies ? data?.shape?.[axis] : dim));
  const negative = wanted.filter((dim) => typeof dim === 'number' && dim < 0);
  if (negative.length > 1 || (negative[0] ?? -1) !== -1) {
    throw new ShapeMismatch(`target ${show(wanted)} has more than one -1, or a size below`);
  }
  const given = wanted.filter((dim) => dim !== -1);
  const rest = data?.shape && quotient(data.shape, given);
  const fits = wanted.includes(-1) ? typeof rest !== 'number' || Number.isInteger(rest) : (rest ?? 1) === 1;
  if (!fits && typeof rest === 'number') {
    throw new ShapeMismatch(`cannot reshape ${show(data?.shape)} to ${show(wanted)}`);
  }
  const shape = wanted.map((dim) => (dim === -1 ? rest : dim));
  return [{ shape, elements: shape.length <= 1 ? data?.elements : undefined }];
};

/** The length of a vector of sizes is the rank of what it describes. */
function unknownRank(target: InferredValue | undefined): InferredShape | undefined {
  const rank = target?.shape?.[0];
  return typeof rank === 'number' && rank <= MAX_ELEMENTS
    ? Array.from({ length: rank }, () => undefined)
    : undefined;
}

export const expand: ShapeRule = ({ inputs: [data, target] }) => {
  return [{ shape: broadcast([data?.shape, target?.elements]) }];
};

export const concat: ShapeRule = (call) => {
  const shapes = call.inputs.map((input) => input?.shape);
  const [first] = shapes;
  if (first === undefined || shapes.includes(undefined)) return [{}];
  const along = normalAxis(intAttribute(call, 'axis', 0), first.length);
  const joined = (shapes as InferredShape[]).reduce((a, b) => {
    if (a.length !== b.length) throw new ShapeMismatch(`cannot concatenate ${show(a)} and ${show(b)}`);
    return a.map((dim, axis) =>
      axis === along ? sum(dim, b[axis]) : unify(dim, b[axis], `cannot concatenate along axis ${along}`),
    );
  });
  const elements = call.inputs.every((input) => input?.elements !== undefined)
    ? call.inputs.flatMap((input) => input!.elements!)
    : undefined;
  return [{ shape: joined, elements: elements && elements.length <= MAX_ELEMENTS ? elements : undefined }];
};

function sum(a: InferredDim, b: InferredDim): InferredDim {
  return typeof a === 'number' && typeof b === 'number' ? a + b : undefined;
}

export const split: ShapeRule = (call) => {
  const [data, sizesInput] = call.inputs;
  const { outputCount } = call;
  const shape = data?.shape;
  if (shape === undefined) return Array.from({ length: outputCount }, () => ({}));
  const along = normalAxis(intAttribute(call, 'axis', 0), shape.length);
  const total = shape[along];
  const even = typeof total === 'number' ? Math.ceil(total / outputCount) : undefined;
  const sizes: InferredShape =
    sizesInput?.elements ??
    Array.from({ length: outputCount }, (_, index) =>
      even === undefined || sizesInput !== undefined
        ? undefined
        : Math.max(0, Math.min(even, (total as number) - even * index)),
    );
  if (sizes.length !== outputCount)
    throw new ShapeMismatch(`${sizes.length} parts for ${outputCount} outputs`);
  const parts = numbers(sizes)?.reduce((a, b) => a + b, 0);
  unify(parts, total, `parts ${show(sizes)} do not add up to axis ${along}`);
  return sizes.map((size) => ({ shape: shape.map((dim, axis) => (axis === along ? size : dim)) }));
};

export const slice: ShapeRule = ({ inputs: [data, starts, ends, axesInput, stepsInput] }) => {
  const shape = data?.shape;
  if (shape === undefined) return [{}];
  const from = numbers(starts?.elements);
  const to = numbers(ends?.elements);
  const axes = axesInput === undefined ? from?.map((_, index) => index) : numbers(axesInput.elements);
  const steps = stepsInput === undefined ? from?.map(() => 1) : numbers(stepsInput.elements);
  if (from === undefined || to === undefined || axes === undefined || steps === undefined) {
    return [{ shape: shape.map(() => undefined) }];
  }
  if (new Set([from.length, to.length, axes.length, steps.length]).size > 1 || steps.includes(0)) {
    throw new ShapeMismatch('starts, ends, axes and steps must be equally long, steps not 0');
  }
  const sliced = [...shape];
  axes.forEach((axis, index) => {
    const at = normalAxis(axis, shape.length);
    sliced[at] = sliceLength(shape[at], from[index]!, to[index]!, steps[index]!);
  });
  const contiguous = axes.length === 1 && steps[0] === 1;
  return [{ shape: sliced, elements: contiguous ? data?.elements?.slice(from[0], to[0]) : undefined }];
};

function sliceLength(dim: InferredDim, start: number, end: number, step: number): InferredDim {
  if (typeof dim !== 'number') return start === 0 && step === 1 && end >= 2 ** 31 - 1 ? dim : undefined;
  const [lowest, highest] = step > 0 ? [0, dim] : [-1, dim - 1];
  const clamp = (index: number): number =>
    Math.min(highest, Math.max(lowest, index < 0 ? Math.max(index + dim, lowest) : index));
  return Math.max(0, Math.ceil((clamp(end) - clamp(start)) / step));
}

export const gather: ShapeRule = (call) => {
  const [data, indices] = call.inputs;
  if (data?.shape === undefined || indices?.shape === undefined) return [{}];
  const axis = normalAxis(intAttribute(call, 'axis', 0), data.shape.length);
  const picked = numbers(indices.elements)?.map((index) => data.elements?.at(index));
  const shape = [...data.shape.slice(0, axis), ...indices.shape, ...data.shape.slice(axis + 1)];
  return [{ shape, elements: data.elements && picked }];
};

export const squeeze: ShapeRule = ({ inputs: [data, axesInput] }) => {
  const shape = data?.shape;
  const axes = axesInput === undefined ? undefined : numbers(axesInput.elements);
  if (shape === undefined || (axesInput !== undefined && axes === undefined)) return [{}];
  // Without axes every 1 goes; that is only decided when all sizes are known.
  if (axes === undefined)
    return [{ shape: numbers(shape)?.filter((dim) => dim !== 1), elements: data?.elements }];
  const dropped = new Set(axes.map((axis) => normalAxis(axis, shape.length)));
  for (const axis of dropped) unify(shape[axis], 1, `cannot squeeze axis ${axis} of ${show(shape)}`);
  return [{ shape: shape.filter((_, axis) => !dropped.has(axis)), elements: data?.elements }];
};

export const unsqueeze: ShapeRule = ({ inputs: [data, axesInput] }) => {
  const axes = numbers(axesInput?.elements);
  if (data?.shape === undefined || axes === undefined) return [{}];
  const rank = data.shape.length + axes.length;
  const inserted = new Set(axes.map((axis) => normalAxis(axis, rank)));
  if (inserted.size !== axes.length) throw new ShapeMismatch(`axes [${axes.join(', ')}] repeat`);
  const rest = data.shape.values();
  const shape = Array.from({ length: rank }, (_, axis) => (inserted.has(axis) ? 1 : rest.next().value));
  return [{ shape, elements: rank <= 1 ? data.elements : undefined }];
};
