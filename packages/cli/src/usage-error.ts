import { CodedError } from '@vqforge/base';

/** Flags that contradict each other, or name what is not there. */
export class UsageError extends CodedError<'USAGE'> {}
