import { CodedError } from '@vqforge/base';

/**
 * Why this package refuses its input:
 * - `TOO_SMALL`: a picture with a side under the smallest for which the feature is defined
 * - `TOO_LARGE`: a picture beyond the bounds of the kernels' memory
 * - `UNSUPPORTED_DEPTH`: a bit depth other than 8 to 16
 * - `WRONG_LENGTH`: samples of another type or number than width, height and bit depth say
 * - `SIZE_MISMATCH`: two pictures of different size or bit depth
 * - `INVALID_OPTION`: an option outside its range
 * - `INVALID_MODEL`: a model file that is damaged or no model of libvmaf
 * - `UNSUPPORTED_MODEL`: a model of other features, or of another kind
 */
export type FeaturesErrorCode =
  | 'TOO_SMALL'
  | 'TOO_LARGE'
  | 'UNSUPPORTED_DEPTH'
  | 'WRONG_LENGTH'
  | 'SIZE_MISMATCH'
  | 'INVALID_OPTION'
  | 'INVALID_MODEL'
  | 'UNSUPPORTED_MODEL';

/** The error of this package, with one of {@link FeaturesErrorCode} as its `code`. */
export class FeaturesError extends CodedError<FeaturesErrorCode> {}
