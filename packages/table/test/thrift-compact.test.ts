import { describe, expect, test } from 'vitest';
import { ThriftReader, ThriftWriter } from '../src/thrift-compact.ts';

type Kind = 'integer' | 'boolean' | 'bytes' | 'integers' | 'struct' | 'skip';

/** The first field of a struct, read as a kind of value; undefined when it is skipped. */
function read(kind: Kind, ...bytes: number[]): unknown {
  let value: unknown;
  const ids: number[] = [];
  new ThriftReader(Uint8Array.from(bytes)).struct((id, reader) => {
    ids.push(id);
    if (ids.length > 1 || kind === 'skip') return;
    if (kind === 'integers') {
      const items: number[] = [];
      reader.list((_, item) => items.push(item.integer()));
      value = items;
    } else if (kind === 'struct') {
      const fields = new Map<number, number>();
      reader.struct((inner, field) => fields.set(inner, field.integer()));
      value = fields;
    } else value = reader[kind]();
  });
  return kind === 'skip' ? ids : value;
}

// Bytes follow https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
describe('values', () => {
  test.each<[string, Kind, number[], unknown]>([
    ['true', 'boolean', [0x11, 0], true],
    ['false', 'boolean', [0x12, 0], false],
    ['a byte', 'integer', [0x13, 0xff, 0], -1],
    ['a zigzag integer', 'integer', [0x15, 0x03, 0], -2],
    ['a two-byte varint', 'integer', [0x15, 0xac, 0x02, 0], 150],
    [
      'the largest exact integer',
      'integer',
      [0x16, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f, 0],
      2 ** 53 - 1,
    ],
    ['bytes', 'bytes', [0x18, 2, 65, 66, 0], Uint8Array.of(65, 66)],
    ['a short list', 'integers', [0x19, 0x25, 2, 4, 0], [1, 2]],
    ['a long list', 'integers', [0x19, 0xf3, 16, ...Array<number>(16).fill(7), 0], Array(16).fill(7)],
    ['a set', 'integers', [0x1a, 0x25, 2, 4, 0], [1, 2]],
    ['a struct', 'struct', [0x1c, 0x15, 2, 0, 0], new Map([[1, 1]])],
  ])('%s', (_, kind, bytes, value) => expect(read(kind, ...bytes)).toEqual(value));

  test('field ids by delta and in full, whatever the fields are', () => {
    const fields = [
      [0x15, 2], // an integer
      [0x37, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f], // a double
      [0x19, 0x21, 1, 2], // a list of booleans
      [0x1b, 1, 0x53, 2, 9], // a map
      [0x11], // a boolean
      [0x1c, 0x15, 2, 0], // a struct
      [0x05, 0xc8, 0x01, 6], // an id in full
    ];
    expect(read('skip', ...fields.flat(), 0)).toEqual([1, 4, 5, 6, 7, 8, 100]);
  });

  test.each<[string, Kind, number[]]>([
    ['an integer for bytes', 'bytes', [0x15, 2, 0]],
    ['bytes for an integer', 'integer', [0x18, 1, 65, 0]],
    ['a struct for a list', 'integers', [0x1c, 0, 0]],
    ['an integer for a boolean', 'boolean', [0x15, 2, 0]],
  ])('%s is refused', (_, kind, bytes) => expect(() => read(kind, ...bytes)).toThrow(RangeError));
});

test('what the writer writes, the reader reads', () => {
  const write = new ThriftWriter();
  const numbers = [0, -1, 63, 64, -65, 2 ** 31, -(2 ** 31), 2 ** 53 - 1];
  write.struct(() => {
    write.i32(1, -7);
    write.list(3, 'i32', numbers, (number) => write.integer(number));
    write.structField(10, () => write.i64(2, 2 ** 40));
    write.binary(11, 'é'.repeat(3000));
  });
  const found: unknown[] = [];
  new ThriftReader(write.finish()).struct((id, read) => {
    if (id === 1) found.push(read.integer());
    else if (id === 3) read.list((_, item) => found.push(item.integer()));
    else if (id === 10) read.struct((_, field) => found.push(field.integer()));
    else found.push(Buffer.from(read.bytes()).toString());
  });
  expect(found).toEqual([-7, ...numbers, 2 ** 40, 'é'.repeat(3000)]);
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
  ])('%s', (_, bytes) => expect(() => read('skip', ...bytes)).toThrow(RangeError));
});
