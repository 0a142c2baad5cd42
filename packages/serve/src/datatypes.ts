import type { DataType } from '@vqforge/onnx';
import type { TensorData } from '@vqforge/runtime';

/** An element type under the protocol's name. */
interface Datatype {
  readonly type: DataType;
  readonly bytes: number;
  readonly create: (length: number) => Float32Array | Float64Array | Uint8Array;
  /** Bytes as values; a copy where the bytes do not lie at a multiple of the element's size. */
  readonly view: (bytes: Uint8Array) => Float32Array | Float64Array | Uint8Array;
}

export type DatatypeName = 'FP32' | 'FP64' | 'UINT8';

/**
 * What our models take and give. Binary tensors are little-endian, as are the machines that ONNX Runtime has binaries for.
 * @see https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md
 */
export const DATATYPES: Readonly<Record<DatatypeName, Datatype>> = {
  FP32: {
    type: 'float32',
    bytes: 4,
    create: (n) => new Float32Array(n),
    view: (b) => viewAs(Float32Array, b),
  },
  FP64: {
    type: 'float64',
    bytes: 8,
    create: (n) => new Float64Array(n),
    view: (b) => viewAs(Float64Array, b),
  },
  UINT8: { type: 'uint8', bytes: 1, create: (n) => new Uint8Array(n), view: (b) => viewAs(Uint8Array, b) },
};

/** Whether a value is the protocol's name of an element type that models of ours have. */
export function isDatatype(name: unknown): name is DatatypeName {
  return typeof name === 'string' && Object.hasOwn(DATATYPES, name);
}

/** The protocol's name of an ONNX element type; undefined where no model of ours has it. */
export function datatypeOf(type: DataType): DatatypeName | undefined {
  return (Object.keys(DATATYPES) as DatatypeName[]).find((name) => DATATYPES[name].type === type);
}

/** The bytes of a tensor's values, little-endian, over the same memory. */
export function bytesOf(data: TensorData): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

type ArrayOf<T> = {
  new (buffer: ArrayBufferLike, offset: number, length: number): T;
  BYTES_PER_ELEMENT: number;
};

function viewAs<T>(TypedArray: ArrayOf<T>, bytes: Uint8Array): T {
  const { BYTES_PER_ELEMENT: size } = TypedArray;
  const aligned = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
  return new TypedArray(aligned.buffer, aligned.byteOffset, aligned.length / size);
}
