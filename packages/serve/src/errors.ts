import { CodedError } from '@vqforge/base';

/** HTTP status of each error; 4xx is the client's to change, 503 comes with Retry-After or says what to do. */
const STATUS = {
  INVALID_REQUEST: 400,
  INVALID_TENSOR: 400,
  NOT_FINITE: 400,
  INVALID_IMAGE: 400,
  UNAUTHORIZED: 401,
  UNKNOWN_MODEL: 404,
  UNKNOWN_VERSION: 404,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  /** A request that stops coming. */
  RECEIVE_TIMEOUT: 408,
  TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  /** An Expect header other than 100-continue. */
  EXPECTATION_FAILED: 417,
  /** A request that is meant for a server of another name. */
  UNKNOWN_HOST: 421,
  HEADERS_TOO_LARGE: 431,
  /** The client has gone, and the answer reaches no one. nginx's number for it. */
  ABORTED: 499,
  MODEL_FAILED: 500,
  MODEL_ABSENT: 503,
  QUEUE_FULL: 503,
  QUEUE_TIMEOUT: 503,
  RUN_TIMEOUT: 504,
  /** Never answers: the server does not start. */
  INVALID_LIMITS: 500,
  CANNOT_LISTEN: 500,
} as const;

export type ServerErrorCode = keyof typeof STATUS;

export class ServerError extends CodedError<ServerErrorCode> {}

/** HTTP status of an error code. */
export function statusOf(code: ServerErrorCode): number {
  return STATUS[code];
}

/** Errors that go away by themselves: the client may send the same request again. */
export function isTemporary(code: ServerErrorCode): boolean {
  return code === 'QUEUE_FULL' || code === 'QUEUE_TIMEOUT';
}
