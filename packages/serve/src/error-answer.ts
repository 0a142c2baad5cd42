import { CodedError } from '@vqforge/base';
import { RuntimeError } from '@vqforge/runtime';
import { isTemporary, ServerError, type ServerErrorCode, statusOf } from './errors.ts';

/** The part of an error that a client gets; the message of a bug stays in the log. */
export interface ErrorAnswer {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  /** Whether the same request may succeed in a moment. */
  readonly isTemporary: boolean;
}

/** Errors of the runtime that a request's content causes. */
const BAD_TENSOR: ReadonlySet<string> = new Set(['INVALID_TENSOR', 'TOO_SMALL', 'NOT_FINITE']);

/** Errors of images and clips by their names, which a bundle may number; their packages are loaded by the first request for them. */
const OF_MEDIA = /^(Video|Features|Score)Error/;

/** Status of what images and clips are refused for; 400 for every other code. */
const MEDIA_STATUS: ReadonlyMap<string, number> = new Map([
  ['TOO_LARGE', 413],
  ['WORKER_FAILED', 500],
  ['FFMPEG_MISSING', 500],
]);

/** Codes of this server for errors that Fastify throws by itself. */
const FOREIGN: ReadonlyMap<number, ServerErrorCode> = new Map([
  [413, 'TOO_LARGE'],
  [415, 'UNSUPPORTED_MEDIA_TYPE'],
]);

/** Statuses of what Node's HTTP parser refuses before there is a request; see `Event: 'clientError'` of node:http. */
const PROTOCOL: ReadonlyMap<string, ServerErrorCode> = new Map([
  ['HPE_HEADER_OVERFLOW', 'HEADERS_TOO_LARGE'],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', 'TOO_LARGE'],
  ['ERR_HTTP_REQUEST_TIMEOUT', 'RECEIVE_TIMEOUT'],
]);

/**
 * The answer to bytes that are no HTTP request.
 *
 * @param error of a connection whose bytes are no request
 */
export function protocolError(error: NodeJS.ErrnoException): ServerError {
  const code = PROTOCOL.get(error.code ?? '') ?? 'INVALID_REQUEST';
  // the parser's own words name no bytes of the client
  return new ServerError(code, `the connection does not carry a whole HTTP request: ${error.message}`);
}

/** The answer to an error: known ones by their codes, any other as a 500 without its message. */
export function errorAnswer(error: unknown): ErrorAnswer {
  if (error instanceof ServerError) {
    const { code, message } = error;
    return { status: statusOf(code), code, message, isTemporary: isTemporary(code) };
  }
  const fixed = (status: number, code: string, message: string): ErrorAnswer => ({
    status,
    code,
    message,
    isTemporary: false,
  });
  if (error instanceof RuntimeError) {
    return BAD_TENSOR.has(error.code)
      ? fixed(400, error.code, error.message)
      : fixed(500, 'MODEL_FAILED', 'the model failed; the log of the server says more');
  }
  if (error instanceof CodedError && OF_MEDIA.test(error.name)) {
    const { code, message } = error;
    return code === 'INTERRUPTED'
      ? fixed(statusOf('ABORTED'), 'ABORTED', message)
      : fixed(MEDIA_STATUS.get(code) ?? 400, code, message);
  }
  // what Fastify and its plugins refuse: bodies and headers that are too long, cut off or of no known type
  const { statusCode, message } = error as { statusCode?: number; message?: string };
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    const code = FOREIGN.get(statusCode) ?? 'INVALID_REQUEST';
    return fixed(statusOf(code), code, message ?? 'the request is refused');
  }
  return fixed(500, 'INTERNAL', 'internal error; the log of the server says more');
}
