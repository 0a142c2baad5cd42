import type { ChannelTables } from '@vqforge/base';
import type { DataType } from '@vqforge/onnx';

export type TensorData = Float32Array | Float64Array | Uint8Array | Int8Array | Int32Array | BigInt64Array;

/** Values in row-major order; `data` holds one element per entry of the shape. */
export interface Tensor {
  readonly type: DataType;
  readonly dims: readonly number[];
  readonly data: TensorData;
  /**
   * For float32 images [N, 3, H, W] whose `data` is a Uint8Array, a quarter of the memory on its way to another thread: the value
   * that stands for each byte, by channel. A session looks the values up where it computes.
   */
  readonly tables?: ChannelTables;
}

export type Tensors = Readonly<Record<string, Tensor>>;

/** A tensor of float32 values. */
export interface Float32Tensor extends Tensor {
  readonly type: 'float32';
  readonly data: Float32Array;
}

/**
 * A float32 tensor over existing values, which are not copied.
 *
 * @example
 * float32Tensor(Float32Array.of(1, 2), [1, 2]).type; // => 'float32'
 */
export function float32Tensor(data: Float32Array, dims: readonly number[]): Float32Tensor {
  return { type: 'float32', data, dims };
}
