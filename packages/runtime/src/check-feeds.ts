import type { ValueInfo } from '@vqforge/onnx';
import { RuntimeError } from './errors.ts';
import type { Tensor, Tensors } from '@vqforge/ort';
import { checkTensor, firstNonFinite } from './check-tensor.ts';

/** Type and shape of one input; made once per model, as a run of a small model takes no longer than making it. */
interface InputRule {
  readonly input: ValueInfo;
  /** For each axis: its size, or the input and axis whose size it shares, or null where it is free. */
  readonly axes: readonly (number | Shared | null)[];
}

interface Shared {
  readonly input: string;
  readonly axis: number;
}

/**
 * Refuses feeds that do not fit the inputs of a model.
 *
 * @throws RuntimeError INVALID_TENSOR | TOO_SMALL | NOT_FINITE
 */
type FeedsCheck = (feeds: Tensors, areFinite: boolean) => void;

/**
 * A check of everything that ONNX Runtime is not asked about: names, types, shapes, sizes of images, NaN and infinities.
 *
 * @param minimumSide of the images of a model that takes images, null for others
 */
export function feedsCheck(inputs: readonly ValueInfo[], minimumSide: number | null): FeedsCheck {
  const rules = inputRules(inputs);
  return (feeds, areFinite) => {
    for (const name in feeds) {
      if (inputs.some((input) => input.name === name)) continue;
      const known = inputs.map((input) => input.name).join(', ');
      throw new RuntimeError(
        'INVALID_TENSOR',
        `model has no input ${JSON.stringify(name)}, expected ${known}`,
      );
    }
    for (const rule of rules) {
      const tensor = checkShape(feeds, rule);
      if (minimumSide !== null) checkSides(rule.input.name, tensor, minimumSide);
      checkTensor(rule.input.name, tensor);
    }
    if (areFinite) return;
    // last: it reads every value
    for (const { input } of rules) checkFinite(input.name, feeds[input.name] as Tensor);
  };
}

/** A symbolic dimension has one size wherever its name stands. */
function inputRules(inputs: readonly ValueInfo[]): InputRule[] {
  const first = new Map<string, Shared>();
  return inputs.map((input) => ({
    input,
    axes: input.shape.map((dim, axis) => {
      if (typeof dim === 'number') return dim;
      const shared = first.get(dim);
      if (shared === undefined) first.set(dim, { input: input.name, axis });
      return shared ?? null;
    }),
  }));
}

function checkShape(feeds: Tensors, { input, axes }: InputRule): Tensor {
  const tensor = feeds[input.name];
  if (tensor === undefined) {
    throw new RuntimeError('INVALID_TENSOR', `input ${input.name} is missing, expected ${describe(input)}`);
  }
  const { type, dims } = tensor;
  let fits = type === input.dataType && dims.length === axes.length;
  for (let axis = 0; axis < axes.length && fits; axis++) {
    const rule = axes[axis] as InputRule['axes'][number];
    const expected = typeof rule === 'object' && rule !== null ? feeds[rule.input]?.dims[rule.axis] : rule;
    fits = expected === null || expected === dims[axis];
  }
  if (fits) return tensor;
  const others = axes.some((axis) => typeof axis === 'object' && axis !== null);
  throw new RuntimeError(
    'INVALID_TENSOR',
    `input ${input.name} is ${type} [${dims.join()}], expected ${describe(input)}${others ? ', with sizes as in the other input' : ''}`,
  );
}

function describe({ dataType, shape }: ValueInfo): string {
  return `${dataType} [${shape.join()}]`;
}

/** ONNX Runtime ends the process, or answers nonsense, when a side is too small for the network. */
function checkSides(name: string, { type, dims }: Tensor, minimumSide: number): void {
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
