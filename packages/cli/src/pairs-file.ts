import { extname } from 'node:path';
import { readInput } from './input-file.ts';
import { UsageError } from './usage-error.ts';

/** A distorted clip and its reference. */
export interface ClipPair {
  readonly reference: string;
  readonly distorted: string;
}

/** Most lines of a list; a longer one is a mistake. */
const MAX_PAIRS = 100_000;

/**
 * A list of pairs: a line each, reference and distorted clip, separated by a tab or, in a file that ends in .csv, by a comma.
 * Empty lines, lines that begin with `#`, and a first line `reference,distorted` are passed over. Paths are relative to where
 * the user stands.
 *
 * @throws UsageError on a file that cannot be read, and on a line that has not two names
 */
export async function readPairs(path: string, signal: AbortSignal): Promise<ClipPair[]> {
  const text = (await readInput(path, '--pairs', signal)).toString('utf8').replace(/^\ufeff/, '');
  const separator = extname(path).toLowerCase() === '.csv' ? ',' : '\t';
  const pairs = text.split(/\r?\n/).flatMap((line, at): ClipPair[] => {
    if (line.trim() === '' || line.startsWith('#')) return [];
    const [reference, distorted, ...others] = line.split(separator).map((name) => name.trim());
    if (!reference || !distorted || others.length > 0)
      throw new UsageError(
        `--pairs: line ${at + 1} of ${path} must be a reference and a distorted clip, separated by one ${separator === ',' ? 'comma' : 'tab'}`,
      );
    return reference === 'reference' && distorted === 'distorted' ? [] : [{ reference, distorted }];
  });
  if (pairs.length === 0) throw new UsageError(`--pairs: ${path} lists no pair`);
  if (pairs.length > MAX_PAIRS)
    throw new UsageError(`--pairs: ${path} lists ${pairs.length} pairs, expected at most ${MAX_PAIRS}`);
  return pairs;
}
