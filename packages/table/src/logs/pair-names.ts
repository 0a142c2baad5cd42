import { basename } from 'node:path';
import { TableError } from '../errors.ts';

/** Which clip of which content a log is of: the key columns of a feature table. */
export interface PairNames {
  readonly source: string;
  readonly disBasename: string;
}

/** Ending that a log's name has beyond that of its clip: `flower_crf28.libvmaf.json`. */
const LOG_ENDING = /(\.(libvmaf|vmaf))?\.(json|xml|csv|log|txt)$/i;

/** Names of distorted clips begin with that of their source, as those of the Netflix public set: `ElFuente1_30_…`. */
const SOURCE_FIRST = /^(?<source>[^_]+)_/;

/**
 * The names in the name of a log: the distorted clip is the file name without its ending, its source what comes before
 * the first underscore, or what a pattern finds.
 *
 * @param pattern with a group `source`, or a group
 * @throws TableError INVALID_OPTION
 * @example pairNames('logs/flower_crf28.libvmaf.json') // => { source: 'flower', disBasename: 'flower_crf28' }
 */
export function pairNames(log: string, pattern: RegExp = SOURCE_FIRST): PairNames {
  const disBasename = basename(log).replace(LOG_ENDING, '');
  const match = pattern.exec(disBasename);
  const source = match?.groups?.['source'] ?? match?.[1];
  if (source === undefined || source === '') {
    const hint = 'name it with --source, or say where it is with --source-pattern';
    throw new TableError('INVALID_OPTION', `the name of ${log} does not tell its source; ${hint}`);
  }
  return { source, disBasename };
}
