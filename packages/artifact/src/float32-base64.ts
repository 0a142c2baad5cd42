import { decodeBase64, encodeBase64 } from '@vqforge/base';

/** Little-endian IEEE 754 binary32 values as base64, whatever the machine's byte order. */
export function encodeFloat32(values: Float32Array): string {
  const bytes = new DataView(new ArrayBuffer(values.length * 4));
  values.forEach((value, index) => bytes.setFloat32(index * 4, value, true));
  return encodeBase64(new Uint8Array(bytes.buffer));
}

/**
 * The inverse of `encodeFloat32`, or undefined unless `text` is the one base64 spelling of exactly `length`
 * finite values.
 */
export function decodeFloat32(text: string, length: number): Float32Array | undefined {
  if (text.length !== Math.ceil((length * 4) / 3) * 4) return undefined;
  const bytes = decodeBase64(text);
  if (bytes?.length !== length * 4) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = Float32Array.from({ length }, (_, index) => view.getFloat32(index * 4, true));
  return values.every(Number.isFinite) ? values : undefined;
}
