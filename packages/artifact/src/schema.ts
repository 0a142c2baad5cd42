import { compactJson, type Json } from '@vqforge/base';
import * as v from 'valibot';

/** A valibot schema for values from outside; `T` is the type of those that pass. */
export type Schema<T> = v.GenericSchema<unknown, T>;

type Entries = Readonly<Record<string, v.GenericSchema>>;
type ObjectOf<E extends Entries> = v.InferOutput<v.StrictObjectSchema<E, undefined>>;

/** An object with these keys and no others. Unlike valibot's own it refuses arrays and names every unknown key. */
export function strictObject<const E extends Entries>(entries: E): Schema<ObjectOf<E>> {
  const schema = withoutOthers(entries);
  return objectBy<ObjectOf<E>>(() => schema);
}

/** An object with these keys; others are kept as they are, `constructor` too, which valibot's own leaves out. */
export function looseObject<const E extends Entries>(entries: E): Schema<ObjectOf<E>> {
  return objectBy<ObjectOf<E>>((input) => withoutOthers({ ...entriesOf(input, v.unknown()), ...entries }));
}

/** An object whose keys are any text but `__proto__`; valibot's own leaves `constructor` out. */
export function record<T>(value: Schema<T>): Schema<Record<string, T>> {
  return objectBy<Record<string, T>>((input) => withoutOthers(entriesOf(input, value)));
}

/** Text of at most so many UTF-16 code units. */
export function text(most: number, least = 0): Schema<string> {
  return v.pipe(v.string(), v.minLength(least), v.maxLength(most));
}

/** Text that a pattern describes; `expected` says so in words. */
export function matching(pattern: RegExp, expected: string, most: number = Infinity): Schema<string> {
  return v.pipe(v.string(), v.maxLength(most), v.regex(pattern, `expected ${expected}`));
}

/** An array of items that fit a schema, with bounds on its length. */
export function list<T>(item: Schema<T>, least = 0, most: number = Infinity): Schema<T[]> {
  return v.pipe(v.array(item), v.minLength(least), v.maxLength(most));
}

/** A number between two bounds, both included. */
export function numberWithin(least: number, most: number): Schema<number> {
  return v.pipe(v.number(), v.minValue(least), v.maxValue(most));
}

export const json: Schema<Json> = v.custom<Json>(isJson, 'expected JSON');

/** Refuses a list in which a name stands twice. */
export function distinct<T>(nameOf: (item: T) => string, names = 'names'): v.CheckAction<T[], string> {
  return v.check((items) => new Set(items.map(nameOf)).size === items.length, `expected distinct ${names}`);
}

/** The path of a field, and what was expected there. */
type Problem = readonly [path: readonly (string | number)[], message: string];

/** Checks what must hold between fields, once each has its type; every problem is reported at its own path. */
export function invariant<T>(problems: (value: T) => Iterable<Problem>): v.RawCheckAction<T> {
  return v.rawCheck<T>(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    for (const [path, message] of problems(dataset.value))
      addIssue({ message, path: path.map(pathItem) as [v.IssuePathItem] });
  });
}

/** The value with the type of its schema, or one line per bad field: `path: what was expected, and what was found`. */
export function checked<T>(
  schema: Schema<T>,
  input: unknown,
): { readonly value: T } | { readonly problems: string[] } {
  const result = v.safeParse(schema, input, { message: valueProblem });
  return result.success ? { value: result.output } : { problems: result.issues.map(problemOf) };
}

function problemOf(issue: v.BaseIssue<unknown>): string {
  const keys = issue.path?.map(({ key }) => String(key)) ?? [];
  if (isUnknownKey(issue)) keys.pop();
  return `${keys.join('.') || '$'}: ${issue.message}`;
}

function valueProblem({ type, expected, received }: v.BaseIssue<unknown>): string {
  const of = type.endsWith('_length') ? 'length ' : '';
  const got = received.length > MOST_SHOWN ? `${received.slice(0, MOST_SHOWN)}…` : received;
  return `expected ${of}${expected ?? type.replaceAll('_', ' ')}, got ${got}`;
}

const MOST_SHOWN = 60;

/** Stands at the first unknown key and names all of them, or at one that is missing. */
function keyProblem(entries: Entries, issue: v.StrictObjectIssue): string {
  const [{ input, key }] = issue.path as [v.ObjectPathItem];
  if (isUnknownKey(issue))
    return `unknown ${Object.keys(input)
      .filter((name) => !Object.hasOwn(entries, name))
      .join(', ')}`;
  const expects = entries[key]?.expects;
  return expects === 'unknown' ? 'missing' : `missing, expected ${expects}`;
}

function isUnknownKey({ type, expected }: v.BaseIssue<unknown>): boolean {
  return type === 'strict_object' && expected === 'never';
}

function objectBy<T>(schemaOf: (input: object) => v.GenericSchema): Schema<T> {
  return v.lazy((input) => (isObject(input) ? schemaOf(input) : OBJECT)) as unknown as Schema<T>;
}

const OBJECT: v.GenericSchema = v.custom<object>(isObject, (issue) =>
  valueProblem({ ...issue, expected: 'Object' }),
);

function withoutOthers(entries: Entries): v.GenericSchema {
  return v.strictObject(entries, (issue) => keyProblem(entries, issue));
}

function entriesOf(input: object, value: v.GenericSchema): Entries {
  // setting it would be setting a prototype
  const keys = Object.keys(input).filter((key) => key !== '__proto__');
  return Object.fromEntries(keys.map((key) => [key, value]));
}

function isObject(input: unknown): input is object {
  if (typeof input !== 'object' || input === null) return false;
  const prototype: unknown = Object.getPrototypeOf(input);
  return prototype === Object.prototype || prototype === null;
}

function isJson(input: unknown): boolean {
  try {
    compactJson(input);
    return true;
  } catch {
    return false;
  }
}

function pathItem(key: string | number): v.IssuePathItem {
  return { type: 'unknown', origin: 'value', input: undefined, key, value: undefined };
}
