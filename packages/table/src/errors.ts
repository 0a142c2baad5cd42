import { CodedError } from '@vqforge/base';

export type TableErrorCode =
  | 'INVALID_OPTION'
  | 'FILE_NOT_FOUND'
  | 'NO_FILES'
  | 'UNREADABLE'
  | 'NOT_PARQUET'
  | 'ENCRYPTED'
  | 'DAMAGED'
  | 'STALLED'
  | 'UNSUPPORTED_CODEC'
  | 'MISSING_COLUMN'
  | 'AMBIGUOUS_COLUMN'
  | 'WRONG_TYPE'
  | 'INVALID_VALUES'
  | 'INVALID_FRAME_INDEX'
  | 'DUPLICATE_KEY'
  | 'NOT_PROBES'
  | 'TEACHERS_DISAGREE'
  | 'NO_ROWS'
  | 'TOO_MANY_ROWS'
  | 'UNWRITABLE'
  // of libvmaf logs
  | 'NOT_A_LOG'
  | 'MISSING_METRIC'
  | 'AMBIGUOUS_METRIC'
  | 'TOO_LARGE'
  | 'ABORTED';

export class TableError extends CodedError<TableErrorCode> {}
