import { describe, expect, test } from 'vitest';
import { ThriftReader } from '../src/thrift-compact.ts';

const read = (...bytes: number[]): ReturnType<ThriftReader['struct']> =>
  new ThriftReader(Uint8Array.from(bytes)).struct();

// Bytes follow https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
describe('values', () => {
  test.each<[string, number[], unknown]>([
    ['true', [0x11, 0], true],
    ['false', [0x12, 0], false],
    ['a byte', [0x13, 0xff, 0], -1],
    ['a zigzag integer', [0x15, 0x03, 0], -2],
    ['a two-byte varint', [0x15, 0xac, 0x02, 0], 150],
    ['the largest exact integer', [0x16, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f, 0], 2 ** 53 - 1],
    ['a double', [0x17, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f, 0], 1.5],
    ['bytes', [0x18, 2, 65, 66, 0], Uint8Array.of(65, 66)],
    ['a short list', [0x19, 0x25, 2, 4, 0], [1, 2]],
    ['a long list', [0x19, 0xf3, 16, ...Array<number>(16).fill(7), 0], Array(16).fill(7)],
    ['a list of booleans', [0x19, 0x21, 1, 2, 0], [true, false]],
    ['a map', [0x1b, 1, 0x53, 2, 9, 0], [1, 9]],
    ['a struct', [0x1c, 0x15, 2, 0, 0], new Map([[1, 1]])],
  ])('%s', (_, bytes, value) => expect(read(...bytes).get(1)).toEqual(value));

  test('field ids by delta and in full', () =>
    expect([...read(0x15, 2, 0x35, 4, 0x05, 0xc8, 0x01, 6, 0).keys()]).toEqual([1, 4, 100]));
});

describe('malformed bytes throw a RangeError', () => {
  test.each<[string, number[]]>([
    ['nothing', []],
    ['no stop', [0x15, 2]],
    ['an endless varint', [0x15, ...Array<number>(11).fill(0x80)]],
    ['bytes past the end', [0x18, 5, 65]],
    ['a length that would need gigabytes', [0x18, 0xff, 0xff, 0xff, 0xff, 0x07]],
    ['a list longer than its bytes', [0x19, 0xf5, 0xff, 0xff, 0xff, 0xff, 0x07]],
    ['an unknown type', [0x1e, 0]],
    ['a field twice', [0x15, 2, 0x05, 2, 4, 0]],
    ['structs without end', Array<number>(200).fill(0x1c)],
    ['lists without end', [0x19, ...Array<number>(200).fill(0x19)]],
  ])('%s', (_, bytes) => expect(() => read(...bytes)).toThrow(RangeError));
});
