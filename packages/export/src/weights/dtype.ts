/** Element types of tensors in files of weights. */
export type Dtype = 'f64' | 'f32' | 'f16' | 'bf16' | 'i64' | 'i32' | 'i16' | 'i8' | 'u8' | 'bool';

interface DtypeRow {
  readonly itemSize: number;
  /** class name in module `torch` that a persistent id carries */
  readonly torchStorage: string;
  /** spelling in a safetensors header */
  readonly safetensors: string;
  readonly read: (view: DataView, offset: number) => number;
}

/** Every element type that is read, with its names in both formats. All data is little-endian. */
export const DTYPES: Readonly<Record<Dtype, DtypeRow>> = {
  f64: row(8, 'DoubleStorage', 'F64', (view, at) => view.getFloat64(at, true)),
  f32: row(4, 'FloatStorage', 'F32', (view, at) => view.getFloat32(at, true)),
  f16: row(2, 'HalfStorage', 'F16', (view, at) => binary16(view.getUint16(at, true))),
  bf16: row(2, 'BFloat16Storage', 'BF16', (view, at) => bfloat16(view.getUint16(at, true))),
  i64: row(8, 'LongStorage', 'I64', (view, at) => Number(view.getBigInt64(at, true))),
  i32: row(4, 'IntStorage', 'I32', (view, at) => view.getInt32(at, true)),
  i16: row(2, 'ShortStorage', 'I16', (view, at) => view.getInt16(at, true)),
  i8: row(1, 'CharStorage', 'I8', (view, at) => view.getInt8(at)),
  u8: row(1, 'ByteStorage', 'U8', (view, at) => view.getUint8(at)),
  bool: row(1, 'BoolStorage', 'BOOL', (view, at) => (view.getUint8(at) === 0 ? 0 : 1)),
};

export const TORCH_STORAGES: ReadonlyMap<string, Dtype> = namesBy('torchStorage');
export const SAFETENSORS_DTYPES: ReadonlyMap<string, Dtype> = namesBy('safetensors');

function row(itemSize: number, torchStorage: string, safetensors: string, read: DtypeRow['read']): DtypeRow {
  return { itemSize, torchStorage, safetensors, read };
}

function namesBy(spelling: 'torchStorage' | 'safetensors'): Map<string, Dtype> {
  return new Map(Object.entries(DTYPES).map(([dtype, entry]) => [entry[spelling], dtype as Dtype]));
}

/** IEEE 754 binary16: 1 sign, 5 exponent (bias 15) and 10 fraction bits, widened to binary32's 8 (bias 127) and 23. */
function binary16(bits: number): number {
  const sign = bits & 0x8000;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return (sign === 0 ? 1 : -1) * fraction * 2 ** -24;
  // infinity and NaN have the highest exponent in both
  const rebiased = exponent === 0x1f ? 0xff : exponent - 15 + 127;
  return binary32((sign << 16) | (rebiased << 23) | (fraction << 13));
}

/** bfloat16 is the upper half of a binary32. */
function bfloat16(bits: number): number {
  return binary32(bits << 16);
}

const scratch = new DataView(new ArrayBuffer(4));

function binary32(bits: number): number {
  scratch.setInt32(0, bits);
  return scratch.getFloat32(0);
}
