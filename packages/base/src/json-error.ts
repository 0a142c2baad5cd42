import { CodedError } from './coded-error.ts';

export type JsonErrorCode = 'NOT_JSON' | 'TOO_LARGE' | 'INVALID_DOCUMENT' | 'NOT_CANONICAL';

/** Text that is not the strict JSON that `parseJson` accepts, or a value that has no canonical spelling. */
export class JsonError extends CodedError<JsonErrorCode> {}
