import { describe, expect, test } from 'vitest';
import { encodeModel } from '../src/codec.ts';
import { OnnxError } from '../src/errors.ts';
import { readWireModel } from '../src/wire.ts';
import { bytesOf, MODELS } from './models.ts';
import { concat, graphAttribute, message, modelBytes, node, varint } from './protobuf.ts';

function refusal(bytes: Uint8Array, maxBytes?: number): string {
  try {
    readWireModel(bytes, maxBytes);
  } catch (error) {
    if (error instanceof OnnxError) return error.code;
    throw error;
  }
  return 'accepted';
}

describe('readWireModel', () => {
  test('accounts for every byte and keeps integers exact', () => {
    const { fields } = readWireModel(message([1, 2n ** 63n - 1n], [5, -1n], [2, 'ü'], [99, 'later']));
    expect(fields.map(({ spec, start, end, value }) => [spec?.name, start, end, value])).toEqual([
      ['ir_version', 0, 10, 2n ** 63n - 1n],
      ['model_version', 10, 21, -1n],
      ['producer_name', 21, 25, 'ü'],
      [undefined, 25, 33, new TextEncoder().encode('later')],
    ]);
  });

  test.each(Object.entries(MODELS))('reads %s', (_, build) => {
    expect(refusal(encodeModel(build()))).toBe('accepted');
  });

  const longOnes = (count: number): Uint8Array => new Uint8Array(count).fill(0xff);
  const cases: Record<string, Uint8Array> = {
    'no bytes': new Uint8Array(),
    'a tag alone': varint(8),
    'field number 0': message([0, 1]),
    'a tag of more than 32 bits': concat(varint(2n ** 32n + 8n), varint(1)),
    'a varint of 11 bytes': concat(varint(8), longOnes(10), varint(1)),
    'a varint of more than 64 bits': concat(varint(8), longOnes(9), varint(2)),
    'a varint with a needless byte': concat(varint(8), Uint8Array.of(0x88, 0)),
    'a length past the end': concat(varint(7 * 8 + 2), varint(1)),
    'a length of 2^63': concat(varint(7 * 8 + 2), varint(2n ** 63n)),
    'an inner length past its message': message([7, concat(varint(10), varint(5), varint(1))], [2, 'filler']),
    'a group': concat(varint(7 * 8 + 3), varint(7 * 8 + 4)),
    'wire type 7': concat(varint(99 * 8 + 7), varint(1)),
    'a graph with wire type varint': message([7, 1]),
    'an ir_version with wire type bytes': message([1, 'x']),
    'a fixed32 cut short': concat(varint(99 * 8 + 5), varint(1)),
    'text that is not UTF-8': message([2, Uint8Array.of(0xc0, 0x80)]),
    'a data_type of 33 bits': modelBytes([[5, message([2, 2n ** 32n + 1n])]]),
    'packed floats of 5 bytes': modelBytes([[5, message([4, new Uint8Array(5)])]]),
    'packed dims cut short': modelBytes([[5, message([1, Uint8Array.of(0x80)])]]),
  };
  test.each(Object.entries(cases))('refuses %s', (_, bytes) => {
    expect(refusal(bytes)).toBe('MALFORMED');
  });

  test('refuses 22 graphs within graphs, long before the stack ends', () => {
    const nested = (levels: number): [number, Uint8Array] =>
      node('If', graphAttribute('then_branch', ...(levels > 1 ? [nested(levels - 1)] : [])));
    expect(refusal(modelBytes([nested(17)]))).toBe('accepted');
    expect(refusal(modelBytes([nested(22)]))).toBe('MALFORMED');
    expect(refusal(modelBytes([nested(300)]))).toBe('MALFORMED');
  });

  test('refuses what would cost more memory than its size suggests', () => {
    // 100,001 nodes in 200 kB; 1,000,001 integers in 1 MB.
    const nodes = new Uint8Array(200_002).fill(0).map((_, index) => (index % 2 === 0 ? 10 : 0));
    expect(refusal(message([7, nodes]))).toBe('TOO_LARGE');
    const integers = message([7, message([5, message([7, new Uint8Array(1_000_001)])])]);
    expect(refusal(integers)).toBe('TOO_LARGE');
    expect(refusal(bytesOf('regressor'), 100)).toBe('TOO_LARGE');
  });
});
