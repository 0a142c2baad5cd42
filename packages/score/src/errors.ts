import { CodedError } from '@vqforge/base';

export type ScoreErrorCode =
  | 'BAD_INPUT'
  /** Colour tags that LPIPS cannot honour, where that is refused. */
  | 'COLOUR_TAGS'
  | 'INTERRUPTED'
  | 'MISSING_FEATURES'
  | 'MISSING_PROGRAM'
  | 'NO_FRAMES'
  | 'PROGRAM_FAILED'
  | 'READ_ONCE'
  | 'SIZE_MISMATCH'
  | 'TWO_MODELS'
  | 'UNEQUAL_LENGTH';

/** Clips, logs or models that cannot be scored. */
export class ScoreError extends CodedError<ScoreErrorCode> {}
