import type { DataType } from '@vqforge/onnx';
import { RuntimeError } from './errors.ts';

export type TensorData = Float32Array | Float64Array | Uint8Array | Int8Array | Int32Array | BigInt64Array;

/** Values in row-major order; `data` holds one element per entry of the shape. */
export interface Tensor {
  readonly type: DataType;
  readonly dims: readonly number[];
  readonly data: TensorData;
}

export type Tensors = Readonly<Record<string, Tensor>>;

/** How ONNX Runtime's JavaScript API holds each type. */
const ARRAY_OF: Readonly<Record<DataType, abstract new (...args: never[]) => TensorData>> = {
  float32: Float32Array,
  float64: Float64Array,
  uint8: Uint8Array,
  bool: Uint8Array,
  int8: Int8Array,
  int32: Int32Array,
  int64: BigInt64Array,
};

/**
 * A tensor that is not what it says would read memory that is not its own, so this is checked before each run.
 *
 * @throws RuntimeError INVALID_TENSOR
 */
export function checkTensor(name: string, { type, dims, data }: Tensor): void {
  const isShape = dims.every((dim) => Number.isInteger(dim) && dim > 0);
  const count = dims.reduce((product, dim) => product * dim, 1);
  if (!(isShape && count === data.length && data instanceof ARRAY_OF[type])) {
    throw new RuntimeError(
      'INVALID_TENSOR',
      `tensor ${name} of shape [${dims.join()}] needs ${count} values of ${type} and dimensions of at least 1, got ${data.length} in a ${data.constructor.name}`,
    );
  }
}

/** Position of the first NaN or infinity, -1 where there is none. */
export function firstNonFinite(data: TensorData): number {
  if (!(data instanceof Float32Array || data instanceof Float64Array)) return -1;
  let sum = 0;
  // v − v is 0 for every number and NaN for what is none: one addition per value instead of a branch
  for (let i = 0; i < data.length; i++) sum += (data[i] as number) - (data[i] as number);
  return sum === 0 ? -1 : data.findIndex((value) => !Number.isFinite(value));
}
