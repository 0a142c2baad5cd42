import { CodedError } from './coded-error.ts';

export type JsonErrorCode = 'NOT_JSON' | 'TOO_LARGE' | 'INVALID_DOCUMENT';

/** Text that is not the strict JSON that `parseJson` accepts. */
export class JsonError extends CodedError<JsonErrorCode> {}
