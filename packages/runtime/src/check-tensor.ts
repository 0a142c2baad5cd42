import type { DataType } from '@vqforge/onnx';
import type { Tensor, TensorData } from '@vqforge/ort';
import { RuntimeError } from './errors.ts';

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
export function checkTensor(name: string, { type, dims, data, tables }: Tensor): void {
  const isShape = dims.every((dim) => Number.isInteger(dim) && dim > 0);
  const count = dims.reduce((product, dim) => product * dim, 1);
  const isHeld =
    tables === undefined
      ? data instanceof ARRAY_OF[type]
      : type === 'float32' && dims.length === 4 && dims[1] === 3 && data instanceof Uint8Array;
  if (!(isShape && count === data.length && isHeld)) {
    throw new RuntimeError(
      'INVALID_TENSOR',
      `tensor ${name} of shape [${dims.join()}] needs ${count} values of ${type} and dimensions of at least 1, got ${data.length} in a ${data.constructor.name}`,
    );
  }
}

/** Position of the first NaN or infinity, -1 where there is none. */
export function firstNonFinite(data: TensorData): number {
  if (!(data instanceof Float32Array || data instanceof Float64Array)) return -1;
  // v − v is 0 for every number and NaN for what is none; four sums, as additions to one would wait for each other
  let [a, b, c, d] = [0, 0, 0, 0];
  const end = data.length - (data.length % 4);
  for (let i = 0; i < end; i += 4) {
    a += (data[i] as number) - (data[i] as number);
    b += (data[i + 1] as number) - (data[i + 1] as number);
    c += (data[i + 2] as number) - (data[i + 2] as number);
    d += (data[i + 3] as number) - (data[i + 3] as number);
  }
  for (let i = end; i < data.length; i++) a += (data[i] as number) - (data[i] as number);
  return a + b + c + d === 0 ? -1 : data.findIndex((value) => !Number.isFinite(value));
}
