import { UsageError } from './usage-error.ts';

/** Flags that say what columns are called. */
interface ColumnFlags {
  readonly sourceColumn?: string;
  readonly map?: ReadonlyMap<string, string>;
}

/**
 * Columns by the names that they have in the files: what `--map` says, and `--source-column`, which is `--map source=…`.
 *
 * @throws UsageError when both name the source
 */
export function columnMap({ sourceColumn, map = new Map() }: ColumnFlags): ReadonlyMap<string, string> {
  if (sourceColumn === undefined) return map;
  if (map.has('source'))
    throw new UsageError('--source-column and --map source=… both name the sources, expected one');
  return new Map(
    [['source', sourceColumn], ...map].filter(([column, from]) => column !== from) as [string, string][],
  );
}
