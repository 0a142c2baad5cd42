/**
 * Renamed columns as documents hold them: `new=old`, sorted.
 *
 * @example columnMap(new Map([['source', 'content']])) // => ['source=content']
 */
export function columnMap(map: ReadonlyMap<string, string>): string[] {
  return [...map].map(([column, from]) => `${column}=${from}`).sort();
}

/** Reads `columnMap` back: columns by the names that they have in the files. Empty for anything else. */
export function recordedMap(recorded: unknown): ReadonlyMap<string, string> {
  const entries = Array.isArray(recorded) ? recorded.filter((entry) => typeof entry === 'string') : [];
  return new Map(
    entries.map((entry): [string, string] => {
      const at = entry.indexOf('=');
      return [entry.slice(0, at), entry.slice(at + 1)];
    }),
  );
}
