import { CodedError } from '@vqforge/base';

export type ArtifactErrorCode =
  | 'NOT_JSON'
  | 'NOT_CANONICAL'
  | 'INVALID_DOCUMENT'
  | 'UNSUPPORTED_VERSION'
  | 'TOO_LARGE'
  | 'UNREADABLE'
  | 'UNWRITABLE'
  | 'BAD_OUTPUT';

export class ArtifactError extends CodedError<ArtifactErrorCode> {}
