import { CodedError } from '@vqforge/base';

/** Flags that contradict each other, or name what is not there. */
export class UsageError extends CodedError<'USAGE'> {
  constructor(message: string, options?: { cause?: unknown }) {
    super('USAGE', message, options);
  }
}
