import type { Json } from '@vqforge/base';

/** One place where two documents differ; `undefined` where one of them has nothing. */
export interface JsonDifference {
  /** Such as `training.recipe.name` or `feature_mean[2]`. */
  readonly path: string;
  readonly expected: Json | undefined;
  readonly got: Json | undefined;
}

/** Every path at which two documents differ, leaves only, in the order of the expected document's keys. */
export function jsonDifferences(
  expected: Json | undefined,
  got: Json | undefined,
  path = '',
): JsonDifference[] {
  if (Array.isArray(expected) && Array.isArray(got)) {
    const [a, b] = [expected as readonly Json[], got as readonly Json[]];
    return Array.from({ length: Math.max(a.length, b.length) }, (_, i) =>
      jsonDifferences(a[i], b[i], `${path}[${i}]`),
    ).flat();
  }
  if (isObject(expected) && isObject(got)) {
    const keys = new Set([...Object.keys(expected), ...Object.keys(got)]);
    const own = (value: { readonly [key: string]: Json }, key: string): Json | undefined =>
      Object.hasOwn(value, key) ? value[key] : undefined;
    return [...keys].flatMap((key) =>
      jsonDifferences(own(expected, key), own(got, key), path === '' ? key : `${path}.${key}`),
    );
  }
  return Object.is(expected, got) ? [] : [{ path: path === '' ? '$' : path, expected, got }];
}

function isObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
