import type { JobOutcome } from '@vqforge/base/processes';

/** Why a job was given up. */
export interface JobFailure {
  readonly code: string;
  readonly message: string;
  readonly attempts: number;
}

/** The verdict on a job after an attempt: `stop` ends the whole run, since every other job would meet the same. */
export type JobVerdict =
  | { readonly kind: 'done' }
  | { readonly kind: 'again' }
  | { readonly kind: 'given up'; readonly failure: JobFailure }
  | { readonly kind: 'stop'; readonly failure: JobFailure };

/** Codes of failures that another attempt, or another machine, may not meet. Every other code is the clips' own fault. */
const MAY_PASS = new Set([
  'UNREADABLE',
  'MISSING_CLIP',
  'FFMPEG_MISSING',
  'WORKER_FAILED',
  'INTERRUPTED',
  'FAILED',
]);
const FOR_ALL = new Set(['UNWRITABLE']);

/**
 * Judges an attempt. A job that crashes, takes too long or fails for a reason that may pass is tried again, up to `most` attempts; one
 * whose clips are at fault is tried once.
 *
 * @param attempt from 1
 * @example
 * verdictOn({ kind: 'threw', code: 'MALFORMED', message: 'no video' }, 1, 3);
 * // => { kind: 'given up', failure: { code: 'MALFORMED', message: 'no video', attempts: 1 } }
 */
export function verdictOn(outcome: JobOutcome, attempt: number, most: number): JobVerdict {
  if (outcome.kind === 'done') return { kind: 'done' };
  const code = codeOf(outcome);
  const failure = { code, message: outcome.message, attempts: attempt };
  if (outcome.kind === 'threw' && FOR_ALL.has(code)) return { kind: 'stop', failure };
  const mayPass = outcome.kind !== 'threw' || MAY_PASS.has(code);
  return mayPass && attempt < most ? { kind: 'again' } : { kind: 'given up', failure };
}

function codeOf(outcome: Exclude<JobOutcome, { readonly kind: 'done' }>): string {
  if (outcome.kind === 'crashed') return 'CRASHED';
  return outcome.kind === 'timed out' ? 'TIMED_OUT' : (outcome.code ?? 'FAILED');
}
