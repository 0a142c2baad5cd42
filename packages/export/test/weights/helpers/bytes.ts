/** Pieces of a file: bytes, text (latin-1), or nested pieces. */
export type Part = number | string | Uint8Array | readonly Part[];

export function concat(...parts: readonly Part[]): Uint8Array {
  return toBytes(parts);
}

function toBytes(part: Part): Uint8Array {
  if (typeof part === 'number') return Uint8Array.of(part);
  if (typeof part === 'string') return Buffer.from(part, 'latin1');
  if (part instanceof Uint8Array) return part;
  return new Uint8Array(Buffer.concat(part.map(toBytes)));
}

export function u16(value: number): Uint8Array {
  return littleEndian(value, 2);
}

export function u32(value: number): Uint8Array {
  return littleEndian(value, 4);
}

export function u64(value: number | bigint): Uint8Array {
  return littleEndian(value, 8);
}

export function f32(...values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  values.forEach((value, index) => view.setFloat32(index * 4, value, true));
  return bytes;
}

export function repeat(part: Part, count: number): Uint8Array {
  const once = concat(part);
  const bytes = new Uint8Array(once.length * count);
  for (let index = 0; index < count; index++) bytes.set(once, index * once.length);
  return bytes;
}

function littleEndian(value: number | bigint, width: number): Uint8Array {
  const rest = BigInt.asUintN(width * 8, BigInt(value));
  return Uint8Array.from({ length: width }, (_, index) => Number((rest >> BigInt(8 * index)) & 0xffn));
}
