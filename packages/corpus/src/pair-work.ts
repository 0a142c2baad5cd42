import { CorpusError } from './errors.ts';
import type { DeadLetters } from './dead-letter-files.ts';
import { verdictOn } from './job-verdict.ts';
import type { PairJob } from './pair-job.ts';
import type { PairPool } from './pair-pool.ts';

interface PairWorkOptions {
  readonly pool: PairPool;
  readonly letters: DeadLetters;
  /** How often a pair is tried that crashes, takes too long or fails for a reason that may pass. */
  readonly attempts: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The work on one pair, by whichever queue it comes: a process of the pool measures it, again where that may help, until it has
 * a result or a dead letter.
 *
 * @throws CorpusError INTERRUPTED; UNWRITABLE where no pair could be kept
 */
export function pairWork({
  pool,
  letters,
  attempts,
  signal,
}: PairWorkOptions): (job: PairJob) => Promise<null> {
  return async (job) => {
    for (let attempt = 1; ; attempt++) {
      const outcome = await pool.ask({ kind: 'pair', job });
      // a pool that was closed ends its jobs as crashed
      if (signal?.aborted === true) throw interrupted();
      const verdict = verdictOn(outcome, attempt, attempts);
      if (verdict.kind === 'again') continue;
      if (verdict.kind === 'stop') throw new CorpusError('UNWRITABLE', verdict.failure.message);
      if (verdict.kind === 'given up') await letters.add(job.id, verdict.failure);
      return null;
    }
  };
}

/** Makes the error that an aborted run throws. */
export function interrupted(): CorpusError {
  return new CorpusError('INTERRUPTED', 'the run was interrupted; start it again, it goes on where it was');
}
