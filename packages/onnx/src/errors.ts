export type OnnxErrorCode =
  | 'MALFORMED'
  | 'TOO_LARGE'
  | 'UNSUPPORTED'
  | 'NOT_CANONICAL'
  | 'FORBIDDEN'
  | 'INVALID_GRAPH'
  | 'NO_GRADIENT_RULE';

/** The package imports nothing of ours, so it carries its own twin of artifact's CodedError: same fields. */
export class OnnxError extends Error {
  readonly code: OnnxErrorCode;

  constructor(code: OnnxErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'OnnxError';
    this.code = code;
  }
}
