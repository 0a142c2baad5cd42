import { CodedError } from '@vqforge/base';

/**
 * Why a corpus cannot be worked off:
 * - `BAD_MANIFEST`: a corpus manifest that is damaged, or says what cannot be
 * - `DUPLICATE_KEY`: two pairs with one source and one name of the distorted clip
 * - `BAD_LADDER`: a ladder file that is not there
 * - `ENCODE_FAILED`: ffmpeg is not there, or ended with an error
 * - `MISSING_CLIP`: a clip that is not there, or is no regular file
 * - `CHANGED_CLIP`: a clip with another digest than the manifest says, or that changed while it was used
 * - `CONFLICTING_RESULTS`: two different results of one job
 * - `DAMAGED_RESULT`: a stored result that its own digest does not fit
 * - `NOT_FINITE`: a measurement that no table can hold
 * - `INCOMPLETE`: results are missing where a whole corpus is expected
 * - `DEAD_LETTERS`: jobs were given up
 * - `NO_RUN`: a folder that no corpus run has written
 * - `INVALID_OPTION`: an option out of its range
 * - `MISSING_PACKAGE`: a queue whose client is not installed
 * - `QUEUE_FAILED`: a queue that cannot be reached
 * - `UNWRITABLE`: a folder that cannot be written
 * - `CRASHED`, `TIMED_OUT`, `FAILED`: how a job ended that was tried in vain
 * - `INTERRUPTED`: the caller aborted
 */
export type CorpusErrorCode =
  | 'BAD_MANIFEST'
  | 'DUPLICATE_KEY'
  | 'BAD_LADDER'
  | 'ENCODE_FAILED'
  | 'MISSING_CLIP'
  | 'CHANGED_CLIP'
  | 'CONFLICTING_RESULTS'
  | 'DAMAGED_RESULT'
  | 'NOT_FINITE'
  | 'INCOMPLETE'
  | 'DEAD_LETTERS'
  | 'NO_RUN'
  | 'INVALID_OPTION'
  | 'MISSING_PACKAGE'
  | 'QUEUE_FAILED'
  | 'UNWRITABLE'
  | 'CRASHED'
  | 'TIMED_OUT'
  | 'FAILED'
  | 'INTERRUPTED';

/** A corpus, a manifest of one, or a job that cannot be worked off. */
export class CorpusError extends CodedError<CorpusErrorCode> {}
