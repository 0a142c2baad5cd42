import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { walkPages } from '../src/parquet-pages.ts';
import type { FlatColumn } from '../src/parquet-schema.ts';
import { ThriftWriter } from '../src/thrift-compact.ts';

const DOUBLE: FlatColumn = { name: 'adm2', leaf: 0, physical: 5, length: 0, optional: true };
const NAMES: FlatColumn = { name: 'source', leaf: 0, physical: 6, length: 0, optional: true, converted: 0 };
const [UNCOMPRESSED, SNAPPY, ZSTD] = [0, 1, 6];
const [PLAIN, RLE_DICTIONARY, DELTA_BYTE_ARRAY] = [0, 8, 7];

interface Page {
  readonly type?: number;
  readonly body?: number;
  readonly uncompressed?: number;
  readonly values?: number;
  readonly encoding?: number;
  readonly crc?: 'right' | 'wrong';
  readonly levels?: number;
}

/** A page of zeros; field numbers are those of parquet.thrift. */
function page({
  type = 0,
  body = 80,
  uncompressed = body,
  values = 10,
  encoding = PLAIN,
  crc,
  levels = 0,
}: Page): Buffer {
  const bytes = Buffer.alloc(body);
  const write = new ThriftWriter();
  write.struct(() => {
    write.i32(1, type);
    write.i32(2, uncompressed);
    write.i32(3, body);
    if (crc !== undefined) write.i32(4, (crc32(bytes) ^ (crc === 'wrong' ? 1 : 0)) | 0);
    if (type === 0) write.structField(5, () => fields(write, [values, encoding, 3, 3]));
    if (type === 2) write.structField(7, () => fields(write, [values, encoding]));
    if (type === 3) write.structField(8, () => fields(write, [values, 0, values, encoding, levels, 0]));
  });
  return Buffer.concat([write.finish(), bytes]);
}

function fields(write: ThriftWriter, values: readonly number[]): void {
  values.forEach((value, i) => write.i32(i + 1, value));
}

const walk = (pages: readonly Page[], { column = DOUBLE, codec = UNCOMPRESSED, rows = 10 } = {}) =>
  walkPages(Buffer.concat(pages.map(page)), column, codec, rows);

test('pages are added up, and what lies behind the last is left alone', () => {
  const pages = [
    page({ type: 2, encoding: PLAIN, values: 4, body: 32 }),
    page({ encoding: RLE_DICTIONARY, body: 7 }),
  ];
  const chunk = Buffer.concat([...pages, Buffer.from('whatever')]);
  expect(walkPages(chunk, DOUBLE, UNCOMPRESSED, 10)).toEqual({
    bytes: chunk.length - 8,
    hasDictionary: true,
    dictionaryBytes: 32,
    uncompressedBytes: chunk.length - 8,
    encodings: [PLAIN, RLE_DICTIONARY],
    isAllDictionary: true,
    repeatedBytes: 0,
  });
});

test('what one name can be repeated to is known', () => {
  const options = { column: NAMES, rows: 20 };
  const dictionary = { type: 2, values: 2, body: 100 };
  expect(walk([dictionary, { encoding: RLE_DICTIONARY }, {}], options).repeatedBytes).toBe(100);
  expect(walk([{ encoding: DELTA_BYTE_ARRAY, body: 90 }, { body: 300 }], options).repeatedBytes).toBe(90);
});

test('a checksum is verified where there is one', () => {
  expect(walk([{ crc: 'right' }]).isAllDictionary).toBe(false);
  expect(() => walk([{ crc: 'wrong' }])).toThrow(/page 0 of column adm2 has the CRC-32/);
});

describe('refused', () => {
  test.each<[string, Page[], Parameters<typeof walk>[1], RegExp]>([
    ['too few values', [{ values: 9 }], {}, /hold 9 values, expected 10/],
    ['too many values', [{ values: 11 }], {}, /hold 11 values, expected 10/],
    ['no values', [{ values: -1 }], {}, /-1 values/],
    ['a size below 0', [{ uncompressed: -5 }], {}, /size of -5/],
    ['other bytes than it has', [{ uncompressed: 81 }], {}, /not compressed, and has 80 and 81/],
    [
      'more than Snappy can hold',
      [{ uncompressed: 5000 }],
      { codec: SNAPPY },
      /more than SNAPPY can hold in 80/,
    ],
    [
      'more than its values need',
      [{ uncompressed: 2 ** 20 }],
      { codec: ZSTD },
      /for 10 values, expected at most/,
    ],
    [
      'names of gigabytes',
      [{ uncompressed: 2 ** 30, values: 2 ** 20 }],
      { codec: ZSTD, column: NAMES, rows: 2 ** 20 },
      /expected at most 67108864/,
    ],
    [
      'a dictionary of millions for ten rows',
      [{ type: 2, values: 2 ** 22, uncompressed: 2 ** 25 }, { encoding: RLE_DICTIONARY }],
      { codec: ZSTD },
      /dictionary of 4194304 values for 10 rows/,
    ],
    [
      'a dictionary that comes late',
      [{ values: 5 }, { type: 2 }, { values: 5 }],
      {},
      /page 1 .* is a dictionary/,
    ],
    ['no dictionary', [{ encoding: RLE_DICTIONARY }], {}, /the column has none/],
    ['an encoding that does not exist', [{ encoding: 1 }], {}, /encoding 1/],
    ['a type that does not exist', [{ type: 4 }], {}, /type 4/],
    ['levels longer than the page', [{ type: 3, levels: 81 }], {}, /81 bytes of levels/],
  ])('a page with %s', (_, pages, options, reason) => expect(() => walk(pages, options)).toThrow(reason));

  test('a page that is cut short, anywhere', () => {
    const whole = page({ crc: 'right' });
    for (let length = 0; length < whole.length; length++)
      expect(() => walkPages(whole.subarray(0, length), DOUBLE, UNCOMPRESSED, 10)).toThrow(RangeError);
  });
});
