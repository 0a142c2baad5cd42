import { Option } from '@commander-js/extra-typings';
import { InvalidArgumentError } from 'commander';
import type { Share } from '@vqforge/pipeline/runner';

/** The folder that `corpus run` wrote. */
export const corpusOutOption = () =>
  new Option(
    '--out <folder>',
    'results, table and what is left to do; shared by machines that share the work',
  );

/** A queue on a server. Its address may hold a password: it is shown nowhere. */
export const queueOption = (what: string) => new Option('--queue <url>', what);

/** A share of the work, for machines that divide it without a server. */
export const shardOption = () =>
  new Option('--shard <i/n>', 'work on share i of n alone, i from 1: shares are disjoint').argParser(
    shareFlag,
  );

/** Most shares: one for each job of a large corpus. */
const MOST_SHARES = 1_000_000;

/** Parses `i/n`, i from 1: `2/8`. */
function shareFlag(text: string): Share {
  const [, index, count] = /^(\d{1,7})\/(\d{1,7})$/.exec(text) ?? [];
  const share = { index: Number(index), count: Number(count) };
  if (share.index >= 1 && share.index <= share.count && share.count <= MOST_SHARES) return share;
  throw new InvalidArgumentError('expected i/n with i from 1 to n, such as 3/8.');
}
