import { CodedError } from '@vqforge/base';

export type ScoreErrorCode =
  | 'BAD_INPUT'
  | 'INTERRUPTED'
  | 'MISSING_FEATURES'
  | 'MISSING_PROGRAM'
  | 'NO_FRAMES'
  | 'PROGRAM_FAILED'
  | 'SIZE_MISMATCH'
  | 'TWO_MODELS'
  | 'UNEQUAL_LENGTH';

/** Clips, logs or models that cannot be scored. */
export class ScoreError extends CodedError<ScoreErrorCode> {}
