import { expect, test } from 'vitest';
import { readNpyNumber, writeNpyNumber } from '../src/npy.ts';

/** A .npy file around a header, as NumPy pads it. */
function npy(header: string, data: Uint8Array, version = 1): Uint8Array {
  const preamble = version === 1 ? 10 : 12;
  const length = Math.ceil((preamble + header.length + 1) / 64) * 64 - preamble;
  const bytes = Buffer.alloc(preamble + length, ' ');
  bytes.write('\x93NUMPY', 'latin1');
  bytes.writeUInt8(version, 6);
  bytes.writeUInt8(0, 7);
  if (version === 1) bytes.writeUInt16LE(length, 8);
  else bytes.writeUInt32LE(length, 8);
  bytes.write(header, preamble);
  bytes.write('\n', bytes.length - 1);
  return Buffer.concat([bytes, data]);
}

function header(descr: string, shape: string): string {
  return `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }`;
}

const double = (value: number): Uint8Array => new Uint8Array(Float64Array.of(value).buffer);
const big = (value: number): Uint8Array => double(value).reverse();
const single = (value: number): Uint8Array => new Uint8Array(Float32Array.of(value).buffer);

test.each<[string, Uint8Array, number]>([
  ['float64 (1,)', npy(header('<f8', '(1,)'), double(0.6)), 0.6],
  ['float64 ()', npy(header('<f8', '()'), double(0.2)), 0.2],
  ['float64 (1, 1)', npy(header('<f8', '(1, 1)'), double(0.2)), 0.2],
  ['float32', npy(header('<f4', '(1,)'), single(0.25)), 0.25],
  ['big-endian', npy(header('>f8', '(1,)'), big(0.4)), 0.4],
  ['version 2', npy(header('<f8', '(1,)'), double(1), 2), 1],
  ['what we write', writeNpyNumber(1 / 3), 1 / 3],
])('reads %s', (_name, bytes, value) => {
  expect(readNpyNumber(bytes)).toBe(value);
});

test('reads where the file begins in a larger buffer', () => {
  const inside = Buffer.concat([Buffer.alloc(3), writeNpyNumber(0.5)]).subarray(3);
  expect(readNpyNumber(inside)).toBe(0.5);
});

test.each<[string, Uint8Array, RegExp]>([
  ['nothing', new Uint8Array(0), /not a .npy/],
  ['text', Buffer.from('0.5 and some more text'), /not a .npy/],
  ['two numbers', npy(header('<f8', '(2,)'), Buffer.concat([double(0), double(1)])), /shape \(2\)/],
  ['integers', npy(header('<i8', '(1,)'), double(0)), /float32 or float64/],
  ['objects, which NumPy would unpickle', npy(header('|O', '(1,)'), double(0)), /float32 or float64/],
  ['a header without a shape', npy(`{'descr': '<f8'}`, double(0)), /shape/],
  ['too little data', npy(header('<f8', '(1,)'), single(0)), /4 bytes of data/],
  ['too much data', npy(header('<f4', '(1,)'), double(0)), /8 bytes of data/],
  ['a header that ends', npy(header('<f8', '(1,)'), double(0)).subarray(0, 40), /ends in its header/],
  ['a version to come', npy(header('<f8', '(1,)'), double(0), 4), /version 4/],
])('refuses %s', (_name, bytes, message) => {
  expect(() => readNpyNumber(bytes)).toThrow(message);
});
