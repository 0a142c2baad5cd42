import { describe, expect, test } from 'vitest';
import { JsonError, parseJson } from '../src/parse-json.ts';

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof JsonError) return error.code;
    throw error;
  }
  return 'no error';
}

describe('parseJson', () => {
  test.each([
    ['{}', {}],
    [' [ ] ', []],
    [
      '{"a":[1,-2.5e3,true,false,null,"x\\u0041\\n"],"b":{"c":{}}}',
      { a: [1, -2500, true, false, null, 'xA\n'], b: { c: {} } },
    ],
    ['"\u2028"', '\u2028'],
    ['-0.5', -0.5],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
  ])('reads %s', (text, value) => {
    expect(parseJson(text)).toStrictEqual(value);
    expect(parseJson(Buffer.from(text))).toStrictEqual(value);
  });

  test.each([
    ['', 'NOT_JSON'],
    ['{', 'NOT_JSON'],
    ['[1,]', 'NOT_JSON'],
    ['{"a":1,}', 'NOT_JSON'],
    ['{a:1}', 'NOT_JSON'],
    ["{'a':1}", 'NOT_JSON'],
    ['[NaN]', 'NOT_JSON'],
    ['[Infinity]', 'NOT_JSON'],
    ['[01]', 'NOT_JSON'],
    ['[+1]', 'NOT_JSON'],
    ['[1.]', 'NOT_JSON'],
    ['{} {}', 'NOT_JSON'],
    ['truefalse', 'NOT_JSON'],
    ['"\u0000"', 'NOT_JSON'],
    ['"a', 'NOT_JSON'],
    ['"\\', 'NOT_JSON'],
    ['"\\x41"', 'NOT_JSON'],
    ['\ufeff{}', 'NOT_JSON'],
    ['// comment\n{}', 'NOT_JSON'],
    ['[1e999]', 'INVALID_DOCUMENT'],
    ['[9007199254740993]', 'INVALID_DOCUMENT'],
    ['{"a":1,"a":2}', 'INVALID_DOCUMENT'],
    ['{"a":1,"\\u0061":2}', 'INVALID_DOCUMENT'],
    ['{"__proto__":{"polluted":true}}', 'INVALID_DOCUMENT'],
    ['{"\\u005f_proto__":1}', 'INVALID_DOCUMENT'],
    ['['.repeat(100_000), 'TOO_LARGE'],
    ['{"a":'.repeat(100_000), 'TOO_LARGE'],
    [`"${'x'.repeat(1_048_576)}"`, 'TOO_LARGE'],
  ])('refuses %.30s', (text, code) => {
    expect(codeOf(() => parseJson(text))).toBe(code);
  });

  test('refuses a byte order mark and bytes that are not UTF-8', () => {
    expect(codeOf(() => parseJson(Buffer.from('\ufeff{}')))).toBe('NOT_JSON');
    expect(codeOf(() => parseJson(Buffer.from([0x22, 0xc3, 0x28, 0x22])))).toBe('NOT_JSON');
    expect(codeOf(() => parseJson(Buffer.from('{}', 'utf16le')))).toBe('NOT_JSON');
  });

  test('keeps constructor and toString as plain data', () => {
    const value = parseJson('{"constructor":1,"toString":2,"hasOwnProperty":3}');
    expect(Object.keys(value as object)).toStrictEqual(['constructor', 'toString', 'hasOwnProperty']);
    expect(({} as { constructor: unknown }).constructor).toBe(Object);
  });

  test('counts bytes, not characters, and depth from one', () => {
    expect(codeOf(() => parseJson('"\u00e9"', { maxBytes: 3 }))).toBe('TOO_LARGE');
    expect(parseJson('"\u00e9"', { maxBytes: 4 })).toBe('\u00e9');
    expect(parseJson('[[1]]', { maxDepth: 2 })).toStrictEqual([[1]]);
    expect(codeOf(() => parseJson('[[[1]]]', { maxDepth: 2 }))).toBe('TOO_LARGE');
  });

  test('agrees with JSON.parse on every single-byte mutation of a document', () => {
    const text = '{"a":[1,-2.5e3,true,null,"x\\u0041"],"b":{"c":"d"}}';
    const disagreements: string[] = [];
    for (let position = 0; position < text.length; position++) {
      for (let byte = 0; byte < 128; byte++) {
        const mutated = text.slice(0, position) + String.fromCharCode(byte) + text.slice(position + 1);
        if (compactOutcome(parseJson, mutated) !== compactOutcome(strictly, mutated))
          disagreements.push(mutated);
      }
    }
    expect(disagreements).toStrictEqual([]);
  });
});

function compactOutcome(parse: (text: string) => unknown, text: string): string {
  try {
    return JSON.stringify(parse(text));
  } catch {
    return 'refused';
  }
}

/** JSON.parse, less what we refuse on purpose: here only when a mutation makes the two outer keys equal. */
function strictly(text: string): unknown {
  if (text.startsWith('{"b":') || text.includes('"a":{')) throw new Error('repeated key');
  return JSON.parse(text) as unknown;
}
