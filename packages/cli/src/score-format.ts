import { extname } from 'node:path';
import type { ScoreFormat } from '@vqforge/score';
import type { ScoreFlags } from './commands/score.ts';
import { UsageError } from './usage-error.ts';

const FORMATS = ['json', 'csv', 'xml'] as const;

/**
 * The format of the scores: that of `--json`, `--csv` or `--xml`, else the ending of the output, else JSON.
 * @param note says that the ending decided nothing
 * @throws UsageError for two formats
 */
export function formatOf({ json, csv, xml, output }: ScoreFlags, note: (text: string) => void): ScoreFormat {
  const named = FORMATS.filter((name) => ({ json, csv, xml })[name] === true);
  if (named.length > 1) throw new UsageError(`--${named.join(' and --')} are two formats, expected one`);
  if (named[0] !== undefined || output === undefined) return named[0] ?? 'json';
  const ending = extname(output).slice(1).toLowerCase();
  const format = FORMATS.find((name) => name === ending);
  if (format === undefined) note(`${output} is written as JSON; the endings .csv and .xml choose those`);
  return format ?? 'json';
}
