import { CodedError } from '@vqforge/base';

export type BappsErrorCode =
  | 'BAD_NAME'
  | 'BAD_OUTPUT'
  | 'DAMAGED_DATASET'
  | 'DIGEST_MISMATCH'
  | 'EMPTY_SET'
  | 'INTERRUPTED'
  | 'MISSING_WEIGHTS'
  | 'NOT_BAPPS'
  | 'RUN_FAILED'
  | 'STALE_MANIFEST'
  | 'UNKNOWN_SET'
  | 'UNREADABLE'
  | 'UNWRITABLE';

/** A folder of judged triplets, or an evaluation over one, that cannot go on. */
export class BappsError extends CodedError<BappsErrorCode> {}
