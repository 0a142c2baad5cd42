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

/** For `catch` of a promise: undefined for a coded error, as of a document that is none; throws any other again. */
export function undefinedIfCoded(error: unknown): undefined {
  if (error instanceof CodedError) return undefined;
  throw error;
}

/** The result of `read`, or undefined where it throws a coded error, as of a document that is none; others pass. */
export function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    return undefinedIfCoded(error);
  }
}
