import { CodedError } from '@vqforge/base';

export type ReportErrorCode =
  | 'BAD_METRICS'
  | 'NOT_COMPARABLE'
  | 'UNKNOWN_RUN'
  | 'UNREADABLE'
  | 'WRONG_DATASET'
  | 'WRONG_PREDICTIONS';

/** A run or an evaluation of which no page can be made. */
export class ReportError extends CodedError<ReportErrorCode> {}
