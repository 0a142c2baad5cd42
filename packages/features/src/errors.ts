import { CodedError } from '@vqforge/base';

/**
 * Why this package refuses its input:
 * - `TOO_SMALL`: a picture with a side under the smallest for which the features are defined
 * - `TOO_LARGE`: a picture beyond the bounds of the kernels, or of the memory that the host gives
 * - `UNSUPPORTED_DEPTH`: a bit depth other than 8 to 16
 * - `WRONG_LENGTH`: samples of another type or number than size, stride and bit depth say
 * - `OUT_OF_RANGE`: a sample that needs more bits than the bit depth says
 * - `INVALID_OPTION`: an option outside its range
 * - `NO_REFERENCE`: a distorted picture before any reference
 * - `INVALID_MODEL`: a model file that is damaged or no model of libvmaf
 * - `UNSUPPORTED_MODEL`: a model of other features, or of another kind
 * - `MISMATCH`: clips of different bit depths
 * - `WORKER_FAILED`: a thread that measures ended or stopped answering
 * - `INTERRUPTED`: the caller aborted, or closed the clips
 */
export type FeaturesErrorCode =
  | 'TOO_SMALL'
  | 'TOO_LARGE'
  | 'UNSUPPORTED_DEPTH'
  | 'WRONG_LENGTH'
  | 'OUT_OF_RANGE'
  | 'INVALID_OPTION'
  | 'NO_REFERENCE'
  | 'INVALID_MODEL'
  | 'UNSUPPORTED_MODEL'
  | 'MISMATCH'
  | 'WORKER_FAILED'
  | 'INTERRUPTED';

/** The error of this package, with one of {@link FeaturesErrorCode} as its `code`. */
export class FeaturesError extends CodedError<FeaturesErrorCode> {}
