import { OnnxError } from './errors.ts';
import { DATA_TYPE_BYTES, INTEGER_RANGE, type DataType, type Tensor } from './model.ts';
import type { TensorRecord } from './record.ts';

/**
 * A tensor's elements as little-endian bytes, whichever field of TensorProto holds them. The bytes are a copy.
 *
 * @throws OnnxError MALFORMED when there are more or fewer elements than dims say, or one is outside its type
 */
export function tensorRaw(tensor: TensorRecord, dataType: DataType, dims: readonly number[]): Uint8Array {
  const width = DATA_TYPE_BYTES[dataType];
  const typed = typedData(tensor, dataType);
  const rawData = tensor.raw_data ?? new Uint8Array();
  const found = rawData.length > 0 ? rawData.length / width : typed.length;
  const count = dims.reduce((product, dim) => product * dim, 1);
  if (found !== count) {
    throw new OnnxError(
      'MALFORMED',
      `tensor ${tensor.name} ${dataType} [${dims.join(', ')}] holds ${found} elements, expected ${count}`,
    );
  }
  const raw = rawData.length > 0 ? new Uint8Array(rawData) : packElements(typed, dataType);
  if (dataType === 'bool' && raw.some((element) => element > 1)) throw outOfRange(dataType);
  return raw;
}

/** The one field that belongs to the type; elements in another field count as missing. */
function typedData(tensor: TensorRecord, dataType: DataType): readonly (number | bigint)[] {
  switch (dataType) {
    case 'float32':
      return tensor.float_data ?? [];
    case 'float64':
      return tensor.double_data ?? [];
    case 'int64':
      return tensor.int64_data ?? [];
    default:
      return tensor.int32_data ?? [];
  }
}

function packElements(elements: readonly (number | bigint)[], dataType: DataType): Uint8Array {
  const raw = new Uint8Array(elements.length * DATA_TYPE_BYTES[dataType]);
  const view = new DataView(raw.buffer);
  const [least, most] = INTEGER_RANGE[dataType] ?? [-Infinity, Infinity];
  for (const [index, element] of elements.entries()) {
    if (typeof element === 'bigint') view.setBigInt64(index * 8, element, true);
    else if (element < least || element > most) throw outOfRange(dataType);
    else writeElement(view, dataType, index, element);
  }
  return raw;
}

function outOfRange(dataType: DataType): OnnxError {
  return new OnnxError('MALFORMED', `a ${dataType} tensor has an element outside its range`);
}

/** The elements of a tensor as numbers; int64 values beyond 2^53 lose precision. */
export function decodeElements(tensor: Tensor): number[] {
  const view = new DataView(tensor.raw.buffer, tensor.raw.byteOffset, tensor.raw.byteLength);
  const bytes = DATA_TYPE_BYTES[tensor.dataType];
  return Array.from({ length: Math.floor(tensor.raw.byteLength / bytes) }, (_, i) =>
    readElement(view, tensor.dataType, i * bytes),
  );
}

function readElement(view: DataView, dataType: DataType, offset: number): number {
  switch (dataType) {
    case 'float32':
      return view.getFloat32(offset, true);
    case 'float64':
      return view.getFloat64(offset, true);
    case 'int64':
      return Number(view.getBigInt64(offset, true));
    case 'int32':
      return view.getInt32(offset, true);
    case 'int8':
      return view.getInt8(offset);
    case 'uint8':
    case 'bool':
      return view.getUint8(offset);
  }
}

/** Writes one element of a tensor, little-endian. */
export function writeElement(view: DataView, dataType: DataType, index: number, value: number): void {
  switch (dataType) {
    case 'float32':
      return view.setFloat32(index * 4, value, true);
    case 'float64':
      return view.setFloat64(index * 8, value, true);
    case 'int64':
      return view.setBigInt64(index * 8, BigInt(value), true);
    case 'int32':
      return view.setInt32(index * 4, value, true);
    case 'int8':
      return view.setInt8(index, value);
    case 'uint8':
    case 'bool':
      return view.setUint8(index, value);
  }
}
