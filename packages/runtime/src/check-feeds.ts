import type { ValueInfo } from '@vqforge/onnx';
import { RuntimeError } from './errors.ts';
import { checkTensor, firstNonFinite, type Tensor, type Tensors } from './tensor.ts';

/**
 * Everything that ONNX Runtime is not asked about: names, types, shapes, sizes of images, NaN and infinities.
 *
 * @param minimumSide of the images of a model that takes images, null for others
 * @throws RuntimeError INVALID_TENSOR | TOO_SMALL | NOT_FINITE
 */
export function checkFeeds(feeds: Tensors, inputs: readonly ValueInfo[], minimumSide: number | null): void {
  for (const name in feeds) {
    if (inputs.some((input) => input.name === name)) continue;
    const known = inputs.map((input) => input.name).join(', ');
    throw new RuntimeError('INVALID_TENSOR', `model has no input ${JSON.stringify(name)}, expected ${known}`);
  }
  const sizes = new Map<string, number>();
  for (const input of inputs) {
    const tensor = feeds[input.name];
    if (tensor === undefined) {
      throw new RuntimeError('INVALID_TENSOR', `input ${input.name} is missing, expected ${describe(input)}`);
    }
    checkShape(tensor, input, sizes);
    if (minimumSide !== null) checkSides(tensor, input, minimumSide);
    checkTensor(input.name, tensor);
  }
  // last: it reads every value
  for (const { name } of inputs) checkFinite(name, feeds[name] as Tensor);
}

/** @param sizes what the symbolic dimensions are so far: one of a name means one size */
function checkShape({ type, dims }: Tensor, input: ValueInfo, sizes: Map<string, number>): void {
  let fits = type === input.dataType && dims.length === input.shape.length;
  input.shape.forEach((expected, axis) => {
    const size = dims[axis] as number;
    if (typeof expected === 'number') fits &&= size === expected;
    else fits &&= (sizes.get(expected) ?? size) === size;
    if (typeof expected === 'string') sizes.set(expected, size);
  });
  if (fits) return;
  const known = [...sizes].map(([name, size]) => `${name} = ${size}`).join(', ');
  throw new RuntimeError(
    'INVALID_TENSOR',
    `input ${input.name} is ${type} [${dims.join()}], expected ${describe(input)}${known && ` with ${known}`}`,
  );
}

function describe({ dataType, shape }: ValueInfo): string {
  return `${dataType} [${shape.join()}]`;
}

/** ONNX Runtime ends the process, or answers nonsense, when a side is too small for the network. */
function checkSides({ type, dims }: Tensor, { name }: ValueInfo, minimumSide: number): void {
  const [height, width] = type === 'uint8' ? [dims[1], dims[2]] : [dims[2], dims[3]];
  if ((height as number) >= minimumSide && (width as number) >= minimumSide) return;
  throw new RuntimeError(
    'TOO_SMALL',
    `image ${name} is ${width} × ${height} pixels, expected sides of at least ${minimumSide}; scale it up or pad it`,
  );
}

function checkFinite(name: string, { data }: Tensor): void {
  const index = firstNonFinite(data);
  if (index < 0) return;
  throw new RuntimeError('NOT_FINITE', `input ${name} holds ${String(data[index])} at index ${index}`);
}
