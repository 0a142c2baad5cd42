/** Sizes of what operators move without computing on it. */
import { DATA_TYPE_BYTES, dataTypeOf, intAttribute, intsAttribute } from '../model.ts';
import {
  UnknownSize,
  constants,
  exactly,
  isNumber,
  needed,
  numberOf,
  placed,
  product,
  quotient,
  same,
  showShape,
  sum,
  type Size,
  type SizeRule,
} from './size.ts';

export const reshape: SizeRule = ({ node, inputs }) => {
  const data = needed(inputs, 0);
  const target = needed(inputs, 1).elements;
  if (target === undefined) throw new UnknownSize('the target of Reshape is computed');
  const copies = intAttribute(node, 'allowzero', 0) === 0;
  const wanted = target.map((value, axis) => {
    if (!isNumber(value) || value.coefficient > 0) return value;
    if (value.coefficient === -1) return null;
    const copied = data.shape[axis];
    if (value.coefficient === 0 && copies && copied !== undefined) return copied;
    throw new UnknownSize(`the target of Reshape holds ${value.coefficient}`);
  });
  const total = product(data.shape);
  const given = product(wanted.filter((size) => size !== null));
  const free = wanted.filter((size) => size === null).length;
  if (free > 1) throw new UnknownSize('the target of Reshape holds more than one -1');
  if (free === 0) same(total, given, 'elements of Reshape');
  const shape = wanted.map((size) => size ?? quotient(total, given));
  return [{ shape, width: data.width, elements: shape.length <= 1 ? data.elements : undefined }];
};

export const squeeze: SizeRule = ({ node, inputs }) => {
  const { shape, width, elements } = needed(inputs, 0);
  const listed = inputs[1] === undefined ? intsAttribute(node, 'axes') : constants(inputs[1], 'axes');
  // without axes every 1 goes, and a symbol may be 1
  if (listed === undefined && !shape.every(isNumber)) throw new UnknownSize('Squeeze without axes');
  const axes = new Set(
    listed?.map((axis) => placed(axis, shape.length)) ??
      shape.flatMap((size, axis) => (size.coefficient === 1 ? [axis] : [])),
  );
  for (const axis of axes) same(shape[axis] as Size, exactly(1), 'a squeezed axis');
  return [{ shape: shape.filter((_, axis) => !axes.has(axis)), width, elements }];
};

export const unsqueeze: SizeRule = ({ node, inputs }) => {
  const { shape, width, elements } = needed(inputs, 0);
  const listed = inputs[1] === undefined ? intsAttribute(node, 'axes') : constants(inputs[1], 'axes');
  if (listed === undefined) throw new UnknownSize('Unsqueeze without axes');
  const rank = shape.length + listed.length;
  const axes = new Set(listed.map((axis) => placed(axis, rank)));
  if (axes.size !== listed.length) throw new UnknownSize('axes of Unsqueeze repeat');
  const rest = shape.values();
  const sizes = Array.from({ length: rank }, (_, axis) =>
    axes.has(axis) ? exactly(1) : (rest.next().value as Size),
  );
  return [{ shape: sizes, width, elements: rank <= 1 ? elements : undefined }];
};

export const transpose: SizeRule = ({ node, inputs }) => {
  const { shape, width } = needed(inputs, 0);
  const order = intsAttribute(node, 'perm') ?? shape.map((_, axis) => shape.length - 1 - axis);
  if ([...order].sort((a, b) => a - b).some((axis, index) => axis !== index) || order.length !== shape.length)
    throw new UnknownSize(`perm ${order.join(', ')} of ${showShape(shape)}`);
  return [{ shape: order.map((axis) => shape[axis] as Size), width }];
};

export const concat: SizeRule = ({ node, inputs }) => {
  const values = inputs.map((_, index) => needed(inputs, index));
  const along = placed(intAttribute(node, 'axis', 0), values[0]?.shape.length ?? 0);
  const shape = values
    .map((value) => value.shape)
    .reduce((a, b) => {
      if (a.length !== b.length) throw new UnknownSize('Concat of different ranks');
      return a.map((size, axis) => {
        const other = b[axis] as Size;
        if (axis === along) return sum(size, other);
        same(size, other, 'sizes beside the axis of Concat');
        return size;
      });
    });
  const all = values.map(({ elements }) => elements);
  const elements = all.every((one) => one !== undefined) ? all.flat() : undefined;
  return [{ shape, width: values[0]?.width ?? 4, elements }];
};

export const shapeOf: SizeRule = ({ node, inputs }) => {
  const { shape } = needed(inputs, 0);
  const elements = shape.slice(intAttribute(node, 'start', 0), intAttribute(node, 'end', shape.length));
  return [{ shape: [exactly(elements.length)], width: 8, elements }];
};

export const gather: SizeRule = ({ node, inputs }) => {
  const [data, indices] = [needed(inputs, 0), needed(inputs, 1)];
  const axis = placed(intAttribute(node, 'axis', 0), data.shape.length);
  const shape = [...data.shape.slice(0, axis), ...indices.shape, ...data.shape.slice(axis + 1)];
  const picked = indices.elements?.map((index) => data.elements?.at(numberOf(index, 'an index of Gather')));
  const elements = picked?.filter((one) => one !== undefined);
  return [{ shape, width: data.width, elements: elements?.length === picked?.length ? elements : undefined }];
};

export const flatten: SizeRule = ({ node, inputs }) => {
  const { shape, width } = needed(inputs, 0);
  const axis = intAttribute(node, 'axis', 1);
  const at = axis < 0 ? axis + shape.length : axis;
  return [{ shape: [product(shape.slice(0, at)), product(shape.slice(at))], width }];
};

export const cast: SizeRule = ({ node, inputs }) => {
  const { shape, elements } = needed(inputs, 0);
  const to = intAttribute(node, 'to', 0);
  const dataType = dataTypeOf(to);
  if (dataType === undefined) throw new UnknownSize(`Cast to type ${to}`);
  const width = DATA_TYPE_BYTES[dataType];
  return [{ shape, width, elements: width >= 4 ? elements : undefined }];
};

export const identity: SizeRule = ({ inputs }) => [needed(inputs, 0)];
