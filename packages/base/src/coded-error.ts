/**
 * An error that a program can act on: `code` is one of a closed union per package, the message names the
 * object, what was expected, what was got, and what to do. Messages are lower case, without a full stop.
 */
export class CodedError<Code extends string = string> extends Error {
  readonly code: Code;

  constructor(code: Code, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}
