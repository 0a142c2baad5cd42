import type { RegressorParameters } from '@vqforge/artifact';
import type { RandomStream } from '@vqforge/base';

/** Hidden units per layer of the fixed architecture 6-64-64-1. */
export const HIDDEN = 64;

/**
 * Sizes of the tensors in the flat parameter vector, in order: W1 b1 W2 b2 W3 b3. Weights lie [inputs, outputs] there,
 * row-major, as x·W reads them; checkpoints and torch keep [outputs, inputs].
 */
export function parameterSizes(
  features: number,
): readonly [W1: number, b1: number, W2: number, b2: number, W3: number, b3: number] {
  return [HIDDEN * features, HIDDEN, HIDDEN * HIDDEN, HIDDEN, HIDDEN, 1];
}

/**
 * The flat parameter vector as matrices whose columns are the outputs of a layer, biases as the last row, with the name of the
 * basis of each hidden layer's gradients; the single output of the last layer has none.
 */
export function rotatedBlocks(
  features: number,
): readonly { readonly rows: number; readonly columns: number; readonly basis?: string }[] {
  return [
    { rows: features + 1, columns: HIDDEN, basis: 'basis1' },
    { rows: HIDDEN + 1, columns: HIDDEN, basis: 'basis2' },
    { rows: HIDDEN + 1, columns: 1 },
  ];
}

/** 4,673 for six features. */
export function parameterCount(features: number): number {
  return parameterSizes(features).reduce((sum, size) => sum + size, 0);
}

/**
 * Initial parameters, the default of torch.nn.Linear: weights and biases of a layer uniform over ±1/√fan_in.
 * They are drawn in the order W1 b1 W2 b2 W3 b3, each weight row by row as [outputs, inputs].
 * @returns flat vector, [parameterCount]
 */
export function initialParameters(features: number, random: RandomStream): Float32Array {
  return flatten({
    W1: uniform(HIDDEN * features, features, random),
    b1: uniform(HIDDEN, features, random),
    W2: uniform(HIDDEN * HIDDEN, HIDDEN, random),
    b2: uniform(HIDDEN, HIDDEN, random),
    W3: uniform(HIDDEN, HIDDEN, random),
    b3: uniform(1, HIDDEN, random),
  });
}

/** The next numbers of a stream, uniform over ±1/√fanIn, [size]. */
export function uniform(size: number, fanIn: number, random: RandomStream): Float32Array {
  const bound = 1 / Math.sqrt(fanIn);
  return Float32Array.from({ length: size }, () => bound * (2 * random.fraction() - 1));
}

/** The named tensors of a flat parameter vector, weights as [outputs, inputs]. */
export function unflatten(flat: Float32Array, features: number): RegressorParameters {
  let offset = 0;
  const [W1, b1, W2, b2, W3, b3] = parameterSizes(features).map((size) =>
    flat.slice(offset, (offset += size)),
  ) as [Float32Array, Float32Array, Float32Array, Float32Array, Float32Array, Float32Array];
  return { W1: transposed(W1, features), b1, W2: transposed(W2, HIDDEN), b2, W3, b3 };
}

/** The flat parameter vector of named tensors: the inverse of `unflatten`. */
export function flatten({ W1, b1, W2, b2, W3, b3 }: RegressorParameters): Float32Array {
  const tensors = [transposed(W1, HIDDEN), b1, transposed(W2, HIDDEN), b2, W3, b3];
  return Float32Array.from(tensors.flatMap((tensor) => Array.from(tensor)));
}

/** A row-major matrix of `rows` rows, as its transpose. */
function transposed(matrix: Float32Array, rows: number): Float32Array {
  const columns = matrix.length / rows;
  return Float32Array.from(matrix, (_, i) => matrix[(i % rows) * columns + Math.floor(i / rows)] as number);
}
