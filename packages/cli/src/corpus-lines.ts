import { counted } from '@vqforge/base';
import type { Assembly } from '@vqforge/corpus';
import { shownPath } from './terminal-text.ts';

/** The lines printed about a table that a corpus was put together to. */
export function assemblyLines(
  { table, sha256, rows, pairs, missing, written }: Assembly,
  isUntaught: boolean,
): string[] {
  return [
    `${shownPath(table)}: ${counted(rows, 'row')} of ${counted(pairs, 'pair')}, sha256 ${sha256}`,
    ...(missing.length === 0 ? [] : [`partial: ${counted(missing.length, 'pair')} left out`]),
    ...(isUntaught
      ? [
          `no teacher: the table has no column vmaf; vqforge features label ${shownPath(table)} --teacher vmaf_v0.6.1 --out … adds it, vqforge dataset describe its manifest`,
        ]
      : []),
    ...written.slice(1).map(shownPath),
  ];
}
