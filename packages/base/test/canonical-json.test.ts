import { expect, test } from 'vitest';
import { JsonError } from '../src/parse-json.ts';
import { canonicalJson, compactJson } from '../src/canonical-json.ts';
import { sha256, SHA256_PATTERN } from '../src/digest.ts';

test('sorts keys, indents by two, escapes like json.dumps', () => {
  // python3 -c "import json; print(json.dumps({'b': ['\u2192', 1], 'a': 0.5}, indent=2, sort_keys=True))"
  expect(canonicalJson({ b: ['\u2192', 1], a: 0.5 })).toBe(
    '{\n  "a": 0.5,\n  "b": [\n    "\\u2192",\n    1\n  ]\n}\n',
  );
  expect(compactJson({ b: 1, a: '\u{1f600}' })).toBe('{"a":"\\ud83d\\ude00","b":1}');
});

test('does not depend on insertion order', () => {
  expect(canonicalJson({ x: { b: 1, a: 2 }, a: [] })).toBe(canonicalJson({ a: [], x: { a: 2, b: 1 } }));
});

test.each([
  NaN,
  Infinity,
  undefined,
  1n,
  () => 1,
  new Date(0),
  new Map(),
  Symbol.iterator,
  new Float32Array(1),
])('refuses %s', (value) => {
  expect(() => canonicalJson({ deep: [value] })).toThrow(JsonError);
});

test('refuses a cycle, accepts a shared object', () => {
  const cycle: unknown[] = [];
  cycle.push(cycle);
  expect(() => canonicalJson(cycle)).toThrow(/a cycle/);
  const shared = { a: 1 };
  expect(compactJson([shared, shared])).toBe('[{"a":1},{"a":1}]');
});

test('sha256 of text is that of its UTF-8 bytes', () => {
  // printf abc | sha256sum
  expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  expect(sha256(Buffer.from('\u00e9'))).toBe(sha256('\u00e9'));
  expect(sha256('')).toMatch(SHA256_PATTERN);
});
