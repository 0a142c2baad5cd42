import { ReportError } from './errors.ts';

/** Reads one value of a document that anybody may have written; `path` names it in a message. */
export type Field<T> = (value: unknown, path: string) => T;

/** A document is read once, whole: what it lacks is an error, what it has beside that is nobody's business here. */
export function object<T extends object>(fields: { readonly [K in keyof T]: Field<T[K]> }): Field<T> {
  return (value, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw wrong(path, 'an object', value);
    const given = value as Readonly<Record<string, unknown>>;
    const read = Object.entries<Field<unknown>>(fields).map(([key, field]) => [
      key,
      field(Object.hasOwn(given, key) ? given[key] : undefined, `${path}.${key}`),
    ]);
    return Object.fromEntries(read) as T;
  };
}

export function list<T>(item: Field<T>, most: number): Field<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value) || value.length > most) throw wrong(path, `a list of at most ${most}`, value);
    return value.map((entry, at) => item(entry, `${path}[${at}]`));
  };
}

export function nullable<T>(field: Field<T>): Field<T | null> {
  return (value, path) => (value === null ? null : field(value, path));
}

export function optional<T>(field: Field<T>): Field<T | undefined> {
  return (value, path) => (value === undefined ? undefined : field(value, path));
}

export function numberFrom(low: number, high: number): Field<number> {
  return (value, path) => {
    if (typeof value !== 'number' || !(value >= low && value <= high))
      throw wrong(path, `a number from ${low} to ${high}`, value);
    return value;
  };
}

/** How many, and seeds. */
export const count: Field<number> = numberFrom(0, Number.MAX_SAFE_INTEGER);

export const share: Field<number> = numberFrom(0, 1);

/** Names, identifiers, reasons: a few lines at most. */
export const text: Field<string> = (value, path) => {
  if (typeof value !== 'string' || value.length > 4096)
    throw wrong(path, 'a text of at most 4096 units', value);
  return value;
};

export function oneOf<const T extends string>(words: readonly T[]): Field<T> {
  return (value, path) => {
    const word = words.find((known) => known === value);
    if (word === undefined) throw wrong(path, words.join(' or '), value);
    return word;
  };
}

export const flag: Field<boolean> = (value, path) => {
  if (typeof value !== 'boolean') throw wrong(path, 'true or false', value);
  return value;
};

function wrong(path: string, expected: string, value: unknown): ReportError {
  const got = value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 60);
  return new ReportError('BAD_METRICS', `${path}: expected ${expected}, got ${got}`);
}
