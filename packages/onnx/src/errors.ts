import { CodedError } from '@vqforge/base';

export type OnnxErrorCode =
  | 'MALFORMED'
  | 'TOO_LARGE'
  | 'UNSUPPORTED'
  | 'NOT_CANONICAL'
  | 'FORBIDDEN'
  | 'INVALID_GRAPH'
  | 'NO_GRADIENT_RULE';

/** A model that cannot be read, is not sound, or may not be opened. */
export class OnnxError extends CodedError<OnnxErrorCode> {}
