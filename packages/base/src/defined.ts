/** An object whose fields may each be absent, where they may be undefined in `T`. */
type Defined<T> = { -readonly [K in keyof T]?: Exclude<T[K], undefined> };

/**
 * The fields that are not undefined: options that may be absent, from values that may be undefined.
 *
 * @example defined({ seed: 1, signal: undefined }) // => { seed: 1 }
 */
export function defined<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
}
