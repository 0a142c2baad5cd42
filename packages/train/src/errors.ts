import { CodedError } from '@vqforge/base';

export type TrainErrorCode =
  | 'TOO_FEW_SOURCES'
  | 'BAD_SOURCE_NAME'
  | 'FOLD_EMPTY'
  | 'INVALID_RECIPE'
  | 'INVALID_OPTION'
  | 'LENGTH_MISMATCH'
  | 'DIVERGED'
  | 'WORKER_FAILED'
  | 'ENGINE_UNAVAILABLE'
  | 'INTERRUPTED';

export class TrainError extends CodedError<TrainErrorCode> {}
