/** `T` where fields that may be undefined are absent instead. */
export type Defined<T> = {
  readonly [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
} & { readonly [K in keyof T as undefined extends T[K] ? never : K]: T[K] };

/**
 * The fields that are not undefined: options that may be absent, from values that may be undefined.
 *
 * @example defined({ seed: 1, signal: undefined }) // => { seed: 1 }
 */
export function defined<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
}
