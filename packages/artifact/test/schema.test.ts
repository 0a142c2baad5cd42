import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { checked, invariant, looseObject, matching, record, strictObject, text } from '../src/schema.ts';

const size = strictObject({ width: v.number(), height: v.number() });
const constructorKey: unknown = JSON.parse('{"constructor": 1}');
const protoKey: unknown = JSON.parse('{"__proto__": 1}');

test.each([
  [
    size,
    { width: '1', depth: 1, weight: 1 },
    ['width: expected number, got "1"', 'height: missing, expected number', '$: unknown depth, weight'],
  ],
  [strictObject({ size }), {}, ['size: missing']],
  [strictObject({ size }), { size: { width: 1, height: 2, depth: 3 } }, ['size: unknown depth']],
  [size, [1, 2], ['$: expected Object, got Array']],
  [record(v.number()), [1, 2], ['$: expected Object, got Array']],
  [record(v.number()), new Map(), ['$: expected Object, got Map']],
  [text(2), 'abc', ['$: expected length <=2, got 3']],
  [v.array(matching(/^a+$/, 'letters a')), ['a', 'b'], ['1: expected letters a']],
  [v.number(), 'x'.repeat(1e6), [`$: expected number, got "${'x'.repeat(59)}…`]],
])('%# says where and what was expected', (schema: v.GenericSchema, value: unknown, problems: string[]) => {
  expect(checked(schema, value)).toStrictEqual({ problems });
});

describe('keys that objects inherit', () => {
  test('are data in records and open objects, and unknown elsewhere', () => {
    expect(checked(record(v.number()), constructorKey)).toStrictEqual({ value: constructorKey });
    expect(checked(looseObject({}), constructorKey)).toStrictEqual({ value: constructorKey });
    expect(checked(strictObject({}), constructorKey)).toStrictEqual({ problems: ['$: unknown constructor'] });
  });

  test('`__proto__` is nowhere data', () => {
    for (const schema of [strictObject({}), looseObject({}), record(v.number())])
      expect(checked<object>(schema, protoKey)).toStrictEqual({ problems: ['$: unknown __proto__'] });
  });
});

test('an invariant is asked only of values that have their types', () => {
  const asked: object[] = [];
  const schema = v.pipe(
    size,
    invariant(function* (value) {
      asked.push(value);
      if (value.width < value.height) yield [['width'], 'expected at least height'];
    }),
  );
  expect(checked(schema, { width: 'x', height: 2 })).toHaveProperty('problems.length', 1);
  expect(asked).toStrictEqual([]);
  expect(checked(schema, { width: 1, height: 2 })).toStrictEqual({
    problems: ['width: expected at least height'],
  });
});
