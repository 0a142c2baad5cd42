import { CodedError } from '@vqforge/base';

export type PullErrorCode =
  | 'DIGEST_MISMATCH'
  | 'DOWNLOAD_FAILED'
  | 'INTERRUPTED'
  | 'MISSING_WEIGHTS'
  | 'UNREADABLE'
  | 'UNWRITABLE';

/** A file of upstream that cannot be fetched, found or kept. */
export class PullError extends CodedError<PullErrorCode> {}
