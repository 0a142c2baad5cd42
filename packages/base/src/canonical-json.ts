import { JsonError } from './parse-json.ts';

/** Values that have one JSON spelling: finite numbers, no undefined, plain objects. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * The one spelling of a document that is pinned or compared by bytes: keys sorted by UTF-16 code unit,
 * two-space indent, non-ASCII escaped as in Python's json.dumps, a trailing newline.
 *
 * @throws JsonError NOT_CANONICAL on NaN, ±Infinity, undefined, bigint, functions, class instances or cycles
 * @example canonicalJson({ b: 1, a: [0.5] }) // => '{\n  "a": [\n    0.5\n  ],\n  "b": 1\n}\n'
 */
export function canonicalJson(value: unknown): string {
  return escapeNonAscii(JSON.stringify(ordered(value, '$', new Set()), null, 2)) + '\n';
}

/** The same order and escapes on one line without a trailing newline: for hashing and log lines. */
export function compactJson(value: unknown): string {
  return escapeNonAscii(JSON.stringify(ordered(value, '$', new Set())));
}

function ordered(value: unknown, path: string, ancestors: Set<object>): unknown {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw refuse(path, String(value));
    return value;
  }
  if (typeof value !== 'object') throw refuse(path, typeof value);
  if (ancestors.has(value)) throw refuse(path, 'a cycle');
  ancestors.add(value);
  try {
    if (Array.isArray(value))
      return value.map((item, index) => ordered(item, `${path}[${index}]`, ancestors));
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) throw refuse(path, 'a class instance');
    // Object.fromEntries defines own properties, so a key named __proto__ stays data
    return Object.fromEntries(
      Object.entries(value)
        .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
        .map(([key, item]) => [key, ordered(item, `${path}.${key}`, ancestors)]),
    );
  } finally {
    ancestors.delete(value);
  }
}

function refuse(path: string, got: string): JsonError {
  return new JsonError(
    'NOT_CANONICAL',
    `${path} has no canonical JSON: got ${got}, expected a finite number, string, boolean, null, array or plain object`,
  );
}

function escapeNonAscii(text: string): string {
  return text.replace(/[\u007f-\uffff]/g, (unit) => '\\u' + unit.charCodeAt(0).toString(16).padStart(4, '0'));
}
