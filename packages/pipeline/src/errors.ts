import { CodedError } from '@vqforge/artifact/core';

export type PipelineErrorCode =
  | 'BAD_OUTPUT'
  | 'UNREADABLE'
  | 'UNWRITABLE'
  | 'UNPUBLISHABLE'
  | 'BAD_NAME'
  | 'STALE_MANIFEST'
  | 'PARITY_FAILED'
  | 'DIGEST_MISMATCH'
  | 'GATE_REFUSED'
  | 'WRONG_TABLE'
  | 'NOT_REPRODUCIBLE'
  | 'MISSING_WEIGHTS'
  | 'DOWNLOAD_FAILED'
  | 'NOT_BAPPS'
  | 'UNKNOWN_SET'
  | 'EMPTY_SET'
  | 'DAMAGED_DATASET'
  | 'BAD_INPUT'
  | 'SIZE_MISMATCH'
  | 'UNEQUAL_LENGTH'
  | 'NO_FRAMES'
  | 'MISSING_FEATURES'
  | 'TWO_MODELS'
  | 'UNKNOWN_RUN'
  | 'WRONG_PREDICTIONS'
  | 'MISSING_PROGRAM'
  | 'PROGRAM_FAILED'
  | 'INTERRUPTED';

export class PipelineError extends CodedError<PipelineErrorCode> {}
